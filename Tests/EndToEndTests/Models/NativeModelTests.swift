import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Native routes about models", .light)
    struct NativeModels {
        private static let names = ["smollm2", "acme/tiny:1b", "hf.co/acme/tiny-GGUF:Q4_K_M"]

        private static func configure(_ configuration: inout OllamaTestDouble.Configuration) {
            configuration.models += [ModelDescription("acme/tiny:1b"), ModelDescription("hf.co/acme/tiny-GGUF:Q4_K_M")]
            configuration.pullable = ["minilm"]
        }

        private static func post(_ client: Client, _ path: String, _ body: JSON = [:]) async throws -> Answer {
            try await client.post("/api/v1/models/\(path)", body)
        }

        @Test(
            "Predecessor 17: names with slashes and colons work in paths, percent-encoded or not; a copy succeeds",
            arguments: names,
            [true, false]
        )
        func paths(name: String, isEncoded: Bool) async throws {
            try await Stage.ollama(Self.configure) { service, _ in
                let client = service.client
                let path = isEncoded ? name.replacing("/", with: "%2F").replacing(":", with: "%3a") : name
                let show = try await client.get("/api/v1/models/\(path)/show")
                #expect(show.status == 200 && show.json?["details"]?["family"] == "llama", "\(show)")
                let copy = try await Self.post(client, "\(path)/copy", ["destination": "me/copy:x"])
                #expect(copy.status == 200 && copy.json?["destination"] == "me/copy:x", "\(copy)")
                #expect(copy.json?["engines"]?.elements.count == 1 && copy.json?["source"] == .string(name))
                #expect(try await client.post("/api/v1/generate", Stage.body("me/copy:x")).status == 200)
                for model in ["me%2fcopy:x", path] {
                    let gone = try await client.call(.DELETE, "/api/v1/models/\(model)")
                    #expect(gone.status == 200 && gone.json?["status"] == "success", "\(gone)")
                    let again = try await client.call(.DELETE, "/api/v1/models/\(model)")
                    #expect(again.status == 404 && again.code == "model_not_found", "\(again)")
                }
            }
        }

        @Test("A model is made, and made use of")
        func create() async throws {
            try await Stage.ollama(Self.configure) { service, engine in
                let made = try await Self.post(
                    service.client,
                    "create",
                    ["model": "mario", "from": "smollm2", "system": "You are Mario."]
                )
                #expect(made.status == 200 && made.json?["status"] == "success", "\(made)")
                #expect(made.json?["model"] == "mario" && made.json?["engine"]?.string != nil)
                let show = try await service.client.get("/api/v1/models/mario/show")
                #expect(show.json?["system"] == "You are Mario.")
                #expect(try await service.client.post("/api/v1/generate", Stage.body("mario")).status == 200)
                let bare = try await Self.post(service.client, "create", ["model": "m3", "modelfile": "FROM x"])
                #expect(bare.status == 422 && bare.json?["errors"]?.elements.count == 2, "\(bare)")
                #expect(engine.counts.requests("POST /api/create") == 1)
            }
        }

        @Test("A pull is answered whole, or tells its progress as events")
        func pull() async throws {
            try await Stage.ollama(Self.configure) { service, _ in
                let whole = try await Self.post(service.client, "pull", ["model": "minilm"])
                #expect(whole.status == 200 && whole.json?["status"] == "success", "\(whole)")
                #expect(whole.json?["model"] == "minilm" && whole.json?.keys == ["status", "model", "engine"])
                let streamed = try await Self.post(service.client, "pull", ["model": "minilm", "stream": true])
                #expect(streamed.header("Content-Type") == "text/event-stream" && streamed.isComplete)
                #expect(streamed.frames.count > 3 && streamed.frames.dropLast().allSatisfy { $0.json["done"] == false })
                #expect(streamed.frames.contains { $0.json["completed"]?.int ?? 0 > 0 })
                let last = streamed.frames.last?.json
                #expect(last?["done"] == true && last?["status"] == "success" && last?["model"] == "minilm")
            }
        }

        @Test("A pull that fails says so, whole or streamed")
        func failedPull() async throws {
            try await Stage.ollama(Self.configure) { service, engine in
                let whole = try await Self.post(service.client, "pull", ["model": "nope"])
                #expect(whole.status == 404 && whole.code == "model_not_found", "\(whole)")
                let streamed = try await Self.post(service.client, "pull", ["model": "nope", "stream": true])
                #expect(streamed.status == 200 && !streamed.isComplete)
                let last = streamed.frames.last?.json
                #expect(last?["done"] == true && last?["code"] == "model_not_found" && last?["error"] != nil)
                let bad = try await Self.post(service.client, "pull", ["model": "a b", "speed": 1])
                #expect(bad.status == 422 && bad.json?["errors"]?.elements.count == 2, "\(bad)")
                engine.set(.hang(.beforeHead), on: .path("/api/pull"))
                let pull = try await service.client.begin("/api/v1/models/pull", ["model": "minilm"])
                try await engine.waitUntil { $0.requests("POST /api/pull") == 3 }
                await pull.leave()
                try await engine.waitUntil { counts in
                    counts.earlyCloses.contains { $0.route == "POST /api/pull" }
                }
            }
        }

        @Test("A model is loaded and unloaded on demand, and the scheduler knows it")
        func loading() async throws {
            try await Stage.ollama(Self.configure) { service, engine in
                let client = service.client
                #expect(try await client.get("/api/v1/models/ps").json?["models"]?.elements.isEmpty == true)
                let loaded = try await Self.post(client, "smollm2/load")
                #expect(loaded.status == 200 && loaded.json?["status"] == "loaded", "\(loaded)")
                #expect(loaded.json?["load_ms"]?.number ?? 0 > 0 && loaded.json?["engine"]?.string != nil)
                let rows = try await client.get("/api/v1/models/ps").json?["models"]?.elements ?? []
                #expect(rows.count == 1 && rows[0]["name"] == "smollm2:latest" && rows[0]["engine"]?.string != nil)
                let again = try await Self.post(client, "smollm2/load")
                #expect(again.json?["load_ms"] == .null, "\(again)")
                // A request finds the model warm: nothing is loaded twice.
                _ = try await client.post("/api/v1/generate", Stage.body())
                #expect(engine.counts.loads == ["smollm2:latest": 1])
                let unloaded = try await Self.post(client, "smollm2/unload")
                #expect(unloaded.status == 200 && unloaded.json?["engines"]?.elements.count == 1, "\(unloaded)")
                #expect(engine.loadedModels.isEmpty)
                let idle = try await Self.post(client, "smollm2/unload")
                #expect(idle.status == 200 && idle.json?["engines"]?.elements.isEmpty == true, "\(idle)")
                #expect(try await client.post("/api/v1/generate", Stage.body()).status == 200)
                #expect(engine.counts.loads == ["smollm2:latest": 2])
                let unknown = try await Self.post(client, "nope/load")
                #expect(unknown.status == 404 && unknown.code == "model_not_found", "\(unknown)")
                let wished = try await Self.post(client, "smollm2/load?engine=nope")
                #expect(wished.status == 404 && wished.code == "not_found", "\(wished)")
            }
        }

        @Test("A model in use is not unloaded, and is used on")
        func inUse() async throws {
            try await Stage.ollama({
                Self.configure(&$0)
                $0.profile = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 200)
            }) { service, engine in
                let stream = try await service.client.begin("/api/v1/generate", Stage.body(stream: true))
                _ = try await stream.frames(2)
                let refused = try await Self.post(service.client, "smollm2/unload")
                #expect(refused.status == 409 && refused.code == "conflict", "\(refused)")
                #expect(refused.header("Retry-After") != nil)
                #expect(engine.loadedModels == ["smollm2:latest"])
                // What came meanwhile was not left in line.
                let other = try await service.client.begin("/api/v1/generate", Stage.body(stream: true))
                _ = try await other.frames(2)
                await stream.leave()
                await other.leave()
                try await eventually("the model is unloaded") {
                    try await Self.post(service.client, "smollm2/unload").status == 200
                }
                #expect(engine.loadedModels.isEmpty)
            }
        }

        @Test("What the paths do not say is 404 or 405, as a problem")
        func unknown() async throws {
            try await Stage.ollama { service, _ in
                let questions: [(HTTPMethod, String, Int)] = [
                    (.GET, "smollm2", 404), (.POST, "smollm2/nope", 404), (.GET, "pull", 405), (.POST, "ps", 405),
                    (.GET, "smollm2/load", 405), (.POST, "smollm2/show", 405), (.GET, "a%20b/show", 400),
                    (.DELETE, "%ff", 404), (.PUT, "smollm2/show", 405),
                ]
                for (method, path, status) in questions {
                    let answer = try await service.client.call(method, "/api/v1/models/\(path)", body: [])
                    #expect(answer.status == status, "\(method) \(path) \(answer)")
                    #expect(answer.header("Content-Type") == "application/problem+json", "\(method) \(path)")
                }
            }
        }
    }
}
