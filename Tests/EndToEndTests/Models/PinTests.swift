import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Pinned models", .light)
    struct Pins {
        private static func pin(_ client: Client, _ name: String = "smollm2") async throws -> Answer {
            try await client.post("/api/v1/models/\(name)/pin", [:])
        }

        private static func rows(_ client: Client) async throws -> [JSON] {
            try await client.get("/api/v1/models/ps").json?["models"]?.elements ?? []
        }

        @Test("A pinned model is loaded and stays; who wants another is told so at once, until it is unpinned")
        func pins() async throws {
            try await Stage.ollama(settings: ["ENGINES_0_MAX_LOADED_MODELS": "1"]) { service, engine in
                let client = service.client
                let pinned = try await Self.pin(client)
                #expect(pinned.status == 200 && pinned.json?["status"] == "pinned", "\(pinned)")
                #expect(pinned.json?["engine"]?.string != nil && pinned.json?["load_ms"]?.number ?? 0 > 0)
                let row = try await Self.rows(client).first
                #expect(row?["pinned"] == true && row?["name"] == "smollm2:latest")
                // Ollama's own way to say for ever: some time in another century.
                #expect(row?["expires_at"]?.string?.hasPrefix("2") == true && row?["expires_at"]?.string ?? "" > "2200")
                let refused = try await client.post("/api/v1/generate", Stage.body("gemma3-270m"))
                #expect(refused.status == 503 && refused.code == "model_unavailable", "\(refused)")
                #expect(refused.json?["detail"]?.string?.contains("pinned") == true)
                #expect(refused.header("x-should-retry") == "false")
                let second = try await Self.pin(client, "gemma3-270m")
                #expect(second.status == 409 && second.code == "conflict", "\(second)")
                #expect(try await client.post("/api/v1/generate", Stage.body()).status == 200)
                #expect(engine.counts.loads == ["smollm2:latest": 1])
                let unpinned = try await client.call(.DELETE, "/api/v1/models/smollm2/pin")
                #expect(unpinned.status == 200 && unpinned.json?["status"] == "unpinned", "\(unpinned)")
                #expect(unpinned.json?["engines"]?.elements.count == 1)
                let ordinary = try await Self.rows(client).first
                #expect(ordinary?["pinned"] == false && ordinary?["expires_at"]?.string ?? "3" < "2200")
                #expect(try await client.post("/api/v1/generate", Stage.body("gemma3-270m")).status == 200)
                let again = try await client.post("/api/v1/models/smollm2/unpin", [:])
                #expect(again.status == 200 && again.json?["engines"]?.elements.isEmpty == true, "\(again)")
            }
        }

        @Test("Requests in every dialect say that a pinned model is to stay, whatever they ask for")
        func keepAlive() async throws {
            try await Stage.ollama { service, engine in
                let client = service.client
                _ = try await Self.pin(client)
                let bodies: [(String, JSON)] = [
                    ("/api/v1/chat", Stage.chat()), ("/api/v1/chat", Stage.chat("smollm2", ["keep_alive": "1s"])),
                    ("/v1/chat/completions", Stage.chat()), ("/api/chat", Stage.chat()),
                    ("/api/generate", Stage.body("smollm2", ["keep_alive": 5])), ("/api/generate", Stage.body()),
                    ("/v1/messages", Stage.chat("smollm2", ["max_tokens": 5])),
                ]
                for (path, body) in bodies {
                    let answer = try await client.post(path, body)
                    #expect(answer.status == 200, "\(answer)")
                    #expect(engine.lastInference["keep_alive"] == -1, "\(path) \(body)")
                    let isOverruled = body["keep_alive"] != nil
                    #expect(answer.header("X-Ignored-Fields") == (isOverruled ? "keep_alive" : nil), "\(path) \(body)")
                }
                let warned = try await client.post("/api/v1/chat", Stage.chat("smollm2", ["keep_alive": "1s"]))
                #expect(warned.json?["warnings"]?[0]?.string?.contains("pinned") == true, "\(warned)")
            }
        }

        @Test("A pinned model is not unloaded or removed by any route")
        func refusals() async throws {
            try await Stage.ollama { service, engine in
                let client = service.client
                _ = try await Self.pin(client)
                let unload = try await client.post("/api/v1/models/smollm2/unload", [:])
                #expect(unload.status == 409 && unload.code == "conflict", "\(unload)")
                #expect(unload.json?["detail"]?.string?.contains("/pin") == true)
                let empty: JSON = ["model": "smollm2", "keep_alive": 0]
                for path in ["/api/generate", "/api/chat"] {
                    let answer = try await client.post(path, empty)
                    #expect(answer.status == 409 && answer.json?.keys == ["error"], "\(answer)")
                }
                let gone = try await client.call(.DELETE, "/api/v1/models/smollm2")
                #expect(gone.status == 409, "\(gone)")
                let ollama = try await client.call(.DELETE, "/api/delete", body: Array(#"{"model":"smollm2"}"#.utf8))
                #expect(ollama.status == 409 && ollama.json?.keys == ["error"], "\(ollama)")
                #expect(engine.loadedModels == ["smollm2:latest"])
                let unknown = try await Self.pin(client, "nope")
                #expect(unknown.status == 404 && unknown.code == "model_not_found", "\(unknown)")
            }
        }

        @Test("A pin outlives a restart of the service, and the engine's losing the model")
        func restarts() async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            try await Stage.ollama(dataDirectory: directory.path) { service, engine in
                #expect(try await Self.pin(service.client).status == 200)
                service.process.signal(SIGTERM)
                _ = try await service.process.ended()
                let other = try await OllamaTestDouble.start(configuration: .init { $0.models = [.smollm2] })
                let settings = ServiceUnderTest.Settings(
                    environment: ["ENGINES_0_URL": other.url],
                    dataDirectory: directory.path
                )
                try await ServiceUnderTest.run(settings) { again in
                    try await eventually("the model is loaded without being asked for") {
                        try await Self.rows(again.client).first?["pinned"] == true
                    }
                    let empty = #"{"model":"smollm2","keep_alive":0}"#
                    _ = try await Client(port: other.port).call(.POST, "/api/generate", body: Array(empty.utf8))
                    try await eventually("the model is loaded again") {
                        other.counts.loads["smollm2:latest"] == 2 && other.loadedModels == ["smollm2:latest"]
                    }
                }
                await other.stop()
            }
        }

        @Test("A pinned model that one engine has no place beside is served by another")
        func otherEngine() async throws {
            let near = try await OllamaTestDouble.start(configuration: .init())
            let far = try await OllamaTestDouble.start(configuration: .init())
            let settings = [
                "ENGINES_0_NAME": "near", "ENGINES_0_URL": near.url, "ENGINES_1_NAME": "far", "ENGINES_1_URL": far.url,
            ]
            try await ServiceUnderTest.run(.init(environment: settings)) { service in
                try await eventually("all engines are up") {
                    try await service.client.get("/health").json?["status"] == "healthy"
                }
                let pinned = try await service.client.post("/api/v1/models/smollm2/pin?engine=near", [:])
                #expect(pinned.status == 200 && pinned.json?["engine"] == "near", "\(pinned)")
                for model in ["gemma3-270m", "smollm2", "gemma3-270m"] {
                    let answer = try await service.client.post("/api/v1/generate", Stage.body(model))
                    #expect(answer.status == 200, "\(answer)")
                    if model == "gemma3-270m" { #expect(answer.header("X-Engine") == "far") }
                }
                #expect(near.loadedModels == ["smollm2:latest"])
                let engines = try await service.client.get("/api/v1/system/engines").json
                #expect(engines?[0]?["models"]?[0]?["pinned"] == true, "\(engines ?? .null)")
            }
            await near.stop()
            await far.stop()
        }
    }
}
