import Foundation
import OllamaTestDouble

@testable import SharedOllamaClient

/// A service before an Ollama, and a client of it whose waits between attempts take no time.
enum SwiftClientStage {
    /// The waits between attempts.
    final class Waits: Sendable {
        let slept = Watched<[Duration]>([])

        var surroundings: Surroundings {
            var surroundings = Surroundings.real
            surroundings.random = { 0 }
            surroundings.sleep = { duration in
                try Task.checkCancellation()
                self.slept.change { $0.append(duration) }
            }
            return surroundings
        }
    }

    static func run(
        _ configure: (inout OllamaTestDouble.Configuration) -> Void = { _ in },
        settings: [String: String] = [:],
        key: String? = nil,
        project: String? = nil,
        client change: (inout ClientConfiguration) -> Void = { _ in },
        _ test: (SharedOllamaClient, ServiceUnderTest, OllamaTestDouble, Waits) async throws -> Void
    ) async throws {
        try await Stage.ollama(configure, settings: settings) { service, double in
            let waits = Waits()
            let configuration = ClientConfiguration.service(
                "http://127.0.0.1:\(service.port)/",
                key: key,
                project: project
            )
            let client = SharedOllamaClient(configuration.with(change), surroundings: waits.surroundings)
            do {
                try await test(client, service, double, waits)
            } catch {
                await client.shutdown()
                throw error
            }
            await client.shutdown()
        }
    }

    /// The whole answer of a stream.
    static func last(_ stream: AnswerStream) async throws -> ModelAnswer {
        var answer: ModelAnswer?
        for try await case .done(let whole) in stream { answer = whole }
        guard let answer else { throw SharedOllamaError(.streamCut, "no end") }
        return answer
    }

    /// The error of the library that a body throws.
    static func failure(_ body: () async throws -> Void) async -> SharedOllamaError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? SharedOllamaError
        }
    }

    static let weather = Tool(
        name: "get_weather",
        description: "Tells the weather.",
        parameters: ["type": "object", "properties": ["city": ["type": "string"]], "required": ["city"]]
    )
}
