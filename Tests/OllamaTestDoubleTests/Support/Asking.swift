@testable import OllamaTestDouble

extension OllamaTestDouble {
    /// Starts one, runs the test with it, and stops it.
    static func run(
        _ configuration: Configuration = Configuration(),
        _ test: (OllamaTestDouble) async throws -> Void
    ) async throws {
        let double = try await start(configuration: configuration)
        do {
            try await test(double)
        } catch {
            await double.stop()
            throw error
        }
        await double.stop()
    }

    /// A request on a connection of its own, answered in full.
    func ask(_ path: String, _ body: String) async throws -> RawResponse {
        try await RawConnection.exchange(port: port, RawConnection.request(path, body))
    }

    /// A request whose answer is read later.
    func begin(_ path: String, _ body: String) async throws -> RawConnection {
        let connection = try await RawConnection.open(port: port)
        try await connection.send(RawConnection.request(path, body))
        return connection
    }

    func get(_ path: String) async throws -> RawResponse {
        let request = "GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        return try await RawConnection.exchange(port: port, Array(request.utf8))
    }

    func generate(_ model: String, tokens: Int = 3, extra: String = "") -> String {
        #"{"model":"\#(model)","prompt":"hi","options":{"num_predict":\#(tokens)}\#(extra)}"#
    }
}
