import ArgumentParser
import AsyncHTTPClient
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What every command that is a client of a running service takes.
struct ClientOptions: ParsableArguments {
    @Option(help: "The service's address (default: SHARED_OLLAMA_URL, else http://127.0.0.1:8000).")
    var url: String?

    @Option(help: "The key to show (default: SHARED_OLLAMA_API_KEY).")
    var key: String?

    @Flag(help: "Print JSON for programs.")
    var json = false

    /// How long a connection may take.
    private static let connectTimeout = TimeAmount.seconds(5)

    /// Runs a command with a client of the service that the options name.
    ///
    /// - Throws: `ExitCode`, after the reason has been told on standard error; what the body throws otherwise.
    func withClient(_ body: (ServiceClient) async throws -> Void) async throws {
        do {
            try await self.connect(body)
        } catch let failure as ClientFailure {
            StandardError.write("shared-ollama: \(failure)\n")
            throw ExitCode(failure.exitStatus)
        }
    }

    /// Runs something with a client of the service that the options name.
    ///
    /// `usual`: the address where they name none.
    ///
    /// - Throws: ``ClientFailure``; what the body throws.
    func connect(usual: String? = nil, _ body: (ServiceClient) async throws -> Void) async throws {
        let environment = ProcessInfo.processInfo.environment
        let address = try ServiceAddress(self.url ?? environment["SHARED_OLLAMA_URL"] ?? usual)
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = ClientOptions.connectTimeout
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.redirectConfiguration = .disallow
        let key = self.key ?? environment["SHARED_OLLAMA_API_KEY"]
        try await HTTPClient.withHTTPClient(configuration: configuration) { http in
            try await body(ServiceClient(address: address, key: key.flatMap { $0.isEmpty ? nil : $0 }, http: http))
        }
    }
}

/// Where a service listens, as a user writes it.
struct ServiceAddress: Sendable, Equatable, CustomStringConvertible {
    /// The address of a service on this machine with the default port.
    static let standard = "http://127.0.0.1:8000"

    /// The URL without a slash at its end.
    let description: String

    /// Reads an address; without a scheme `http://` is meant, and nil or an empty text is ``standard``.
    ///
    /// - Throws: ``ClientFailure`` for what is no address.
    init(_ text: String?) throws(ClientFailure) {
        var text = text ?? ""
        if text.isEmpty { text = ServiceAddress.standard }
        if !text.contains("://") { text = "http://\(text)" }
        while text.hasSuffix("/") { text.removeLast() }
        let isHTTP = text.hasPrefix("http://") || text.hasPrefix("https://")
        guard isHTTP, let host = URL(string: text)?.host(), !host.isEmpty else {
            throw .usage("'\(text)' is not an address such as \(ServiceAddress.standard) (--url, SHARED_OLLAMA_URL).")
        }
        self.description = text
    }
}
