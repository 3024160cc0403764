import Application
import Domain
import NIOPosix
import OllamaTestDouble
import Testing

@testable import Infrastructure

@Suite("Loading and unloading an Ollama's models")
struct LoadTests {
    private static func run(
        load: Duration = .seconds(20),
        _ configure: (inout OllamaTestDouble.Configuration) -> Void = { _ in },
        _ test: (OllamaTestDouble, OllamaEngineClient) async throws -> Void
    ) async throws {
        let double = try await OllamaTestDouble.start(configuration: OllamaTestDouble.Configuration(configure))
        let transport = try EngineTransport(
            EngineTransport.Configuration(
                address: try EngineAddress(url: double.url),
                deadlines: EngineDeadlines(
                    connect: .seconds(5),
                    load: load,
                    firstToken: .seconds(20),
                    idle: .seconds(20),
                    total: .seconds(60),
                    probe: .seconds(60)
                )
            ),
            eventLoops: MultiThreadedEventLoopGroup.singleton
        )
        let client = OllamaEngineClient(
            identity: EngineIdentity(name: EngineName("local"), kind: .ollama),
            transport: transport
        )
        do {
            try await test(double, client)
        } catch {
            await double.stop()
            throw error
        }
        await double.stop()
    }

    @Test("a load returns when the model is in memory, and says how long it took")
    func loads() async throws {
        try await Self.run({ $0.loadTime = .milliseconds(50) }) { double, client in
            let took = try await client.load(ModelLoad(model: "smollm2"))
            #expect(double.loadedModels == ["smollm2:latest"])
            #expect(try #require(took) >= .milliseconds(50))
            #expect(double.counts.loads == ["smollm2:latest": 1])
        }
    }

    @Test("a load says how long the model is to stay and with which context")
    func wishes() async throws {
        try await Self.run { double, client in
            let load = ModelLoad(model: "smollm2", keepAlive: .duration("7m"), contextLength: 2048)
            _ = try await client.load(load)
            let body = try #require(double.requests.last { $0.path == "/api/generate" }).bodyText
            #expect(body.contains(#""keep_alive":"7m""#))
            #expect(body.contains(#""num_ctx":2048"#))
            #expect(try await client.probe().loaded.first?.context == 2048)
        }
    }

    @Test("a model that cannot generate is loaded by the route for embeddings")
    func embeddingModel() async throws {
        try await Self.run { double, client in
            _ = try await client.load(ModelLoad(model: "all-minilm", generates: false))
            #expect(double.loadedModels == ["all-minilm:latest"])
            #expect(double.requests.contains { $0.path == "/api/embed" })
            try await client.unload(ModelLoad(model: "all-minilm", generates: false))
            #expect(double.loadedModels.isEmpty)
        }
    }

    @Test("an unload returns only when the engine no longer lists the model")
    func unloads() async throws {
        try await Self.run { double, client in
            _ = try await client.load(ModelLoad(model: "smollm2"))
            _ = try await client.load(ModelLoad(model: "all-minilm", generates: false))
            try await client.unload(ModelLoad(model: "SmolLM2:latest"))
            #expect(double.loadedModels == ["all-minilm:latest"])
        }
    }

    @Test("what is not loaded is not unloaded: the engine would load it for that")
    func nothingToUnload() async throws {
        try await Self.run { double, client in
            try await client.unload(ModelLoad(model: "smollm2"))
            #expect(double.counts.loads.isEmpty)
            #expect(!double.requests.contains { $0.path == "/api/generate" })
        }
    }

    @Test("a load that takes longer than load_seconds fails by that name")
    func tooSlow() async throws {
        try await Self.run(load: .milliseconds(100), { $0.stallsLoads = true }) { _, client in
            let error = await #expect(throws: ServiceError.self) {
                try await client.load(ModelLoad(model: "smollm2"))
            }
            #expect(error?.code == .engineTimeout)
            #expect(error?.message.contains("deadline load") == true)
        }
    }

    @Test("a load that fails is told in the engine's words")
    func failure() async throws {
        try await Self.run { double, client in
            let words = #"tensor "token_embd.weight" offset+size (184785600) exceeds file size (100000000)"#
            double.set(.failLoad(status: 500, message: words), on: .loads)
            let error = await #expect(throws: ServiceError.self) {
                try await client.load(ModelLoad(model: "smollm2"))
            }
            #expect(error?.code == .modelUnavailable && error?.blame == .model)
            #expect(error?.message.contains("exceeds file size") == true)
        }
    }

    @Test("a probe tells which models have the same weights, and asks for that once")
    func weights() async throws {
        try await Self.run { double, client in
            _ = try await client.probe()
            let models = try await client.probe().models
            let weights = Dictionary(uniqueKeysWithValues: models.map { ($0.engineName, $0.weights) })
            let shared = try #require(weights["smollm2:latest"])
            #expect(shared != nil)
            #expect(weights["smollm2-tools:latest"] == shared)
            #expect(models.first { $0.engineName == "all-minilm:latest" }?.family == "bert")
            let shown = double.requests.filter { $0.path == "/api/show" }
            #expect(Set(shown.map(\.bodyText)).count == shown.count)
        }
    }

    @Test(
        "the weights are the blob of the Modelfile, if nothing is added to it",
        arguments: [
            ("# FROM smollm2:latest\n\nFROM /var/lib/ollama/models/blobs/sha256-94\nTEMPLATE x", "sha256-94"),
            ("FROM /blobs/sha256-94\nFROM /blobs/sha256-95\n", "sha256-94+sha256-95"),
            ("FROM /blobs/sha256-94\nADAPTER /blobs/sha256-7", nil), ("FROM smollm2", nil),
        ] as [(String, String?)]
    )
    func modelfile(_ text: String, _ expected: String?) {
        #expect(OllamaProber.weights(in: text) == expected)
    }
}
