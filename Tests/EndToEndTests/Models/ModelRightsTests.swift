import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Who may do what with models", .light)
    struct ModelRights {
        private static let settings = [
            "PROJECTS_0_NAME": "search",
            "PROJECTS_0_KEY_SHA256": "0845e3658edc1c91bfc9d172eeae3e60417056b1b7fe9909c00e05023adb7f1d",
            "PROJECTS_0_MODELS": "smollm2, gemma*",
            "PROJECTS_1_NAME": "ops", "PROJECTS_1_ROLE": "admin",
            "PROJECTS_1_KEY_SHA256": "69a5265506c94c77b787a7d7377b7685a0eff82e33920a71e7ee22cd6154953e",
        ]
        private static let user: HTTPHeaders = ["Authorization": "Bearer user-key"]
        private static let admin: HTTPHeaders = ["Authorization": "Bearer admin-key"]

        @Test("A project sees the models that it may use, in every list")
        func lists() async throws {
            let settings = Self.settings.merging(["ENGINES_0_MAX_LOADED_MODELS": "3"]) { $1 }
            try await Stage.ollama(settings: settings) { service, _ in
                let client = service.client
                let tags = try await client.get("/api/tags", headers: Self.user)
                let names: [JSON?] = ["gemma3-270m:latest", "smollm2:latest"]
                #expect(tags.json?["models"]?.elements.map { $0["name"] } == names, "\(tags)")
                let native = try await client.get("/api/v1/models", headers: Self.user)
                #expect(Set(native.json?["models"]?.elements.compactMap { $0["name"]?.string } ?? []).count == 2)
                #expect(try await client.get("/api/tags", headers: Self.admin).json?["models"]?.elements.count == 6)
                for headers in [Self.user, Self.admin] {
                    _ = try await client.post("/api/v1/chat", Stage.chat("smollm2"), headers: headers)
                }
                _ = try await client.post("/api/v1/chat", Stage.chat("smollm2-vision"), headers: Self.admin)
                #expect(try await client.get("/api/ps", headers: Self.user).json?["models"]?.elements.count == 1)
                #expect(try await client.get("/api/ps", headers: Self.admin).json?["models"]?.elements.count == 2)
            }
        }

        @Test(
            "A project is told nothing of a model that it may not use, however it spells the field",
            arguments: [#"{"model":"all-minilm"}"#, #"{"name":"all-minilm"}"#, #"{"model":"ALL-MiniLM:latest"}"#]
        )
        func show(body: String) async throws {
            try await Stage.ollama(settings: Self.settings) { service, engine in
                let answer = try await service.client.call(
                    .POST,
                    "/api/show",
                    headers: Self.user,
                    body: Array(body.utf8)
                )
                #expect(answer.status == 403 && answer.json?.keys == ["error"], "\(answer)")
                // Ollama reads the names of fields whatever their case is.
                let sly = try await service.client.call(
                    .POST,
                    "/api/show",
                    headers: Self.user,
                    body: Array(#"{"model":"smollm2","Model":"all-minilm"}"#.utf8)
                )
                #expect(sly.status == 200 && !sly.text.contains("bert"), "\(sly)")
                let asked = engine.requests.last { $0.path == "/api/show" }
                #expect(asked?.bodyText == #"{"model":"smollm2"}"#)
            }
        }

        @Test("Only an admin changes models")
        func changes() async throws {
            try await Stage.ollama(settings: Self.settings) { service, engine in
                let digest = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
                let before = engine.counts.requestsTotal
                let questions: [(HTTPMethod, String)] = [
                    (.POST, "/api/pull"), (.POST, "/api/push"), (.POST, "/api/create"), (.POST, "/api/copy"),
                    (.DELETE, "/api/delete"), (.POST, "/api/blobs/\(digest)"),
                ]
                for (method, path) in questions {
                    let body = Array(#"{"model":"smollm2"}"#.utf8)
                    let answer = try await service.client.call(method, path, headers: Self.user, body: body)
                    #expect(answer.status == 403 && answer.json?.keys == ["error"], "\(path) \(answer)")
                }
                let head = try await service.client.call(.HEAD, "/api/blobs/\(digest)", headers: Self.user)
                #expect(head.status == 403)
                let orders = engine.requests.suffix(engine.counts.requestsTotal - before)
                #expect(orders.allSatisfy { ["/api/tags", "/api/ps", "/api/version", "/api/show"].contains($0.path) })
                let put = try await service.client.call(
                    .POST,
                    "/api/blobs/\(digest)",
                    headers: Self.admin,
                    body: Array("hello".utf8)
                )
                #expect(put.status == 201, "\(put)")
            }
        }
    }
}
