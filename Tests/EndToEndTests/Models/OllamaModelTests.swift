import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Ollama's routes about models", .light)
    struct OllamaModels {
        /// A request whose answer is to be the engine's own.
        struct Question: Sendable, CustomTestStringConvertible {
            let method: HTTPMethod
            let path: String
            var body: String?

            init(_ method: HTTPMethod, _ path: String, _ body: String? = nil) {
                self.method = method
                self.path = path
                self.body = body
            }

            var testDescription: String { "\(self.method) \(self.path) \(self.body ?? "")" }
        }

        private static let known = "sha256:b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
        private static let hello = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
        private static let missing = "sha256:29fdb92e57cf0827ded04ae6461b5931d01fa595843f55d36f5b275a52087dd2"

        private static let questions = [
            Question(.GET, "/"), Question(.HEAD, "/"), Question(.GET, "/api/version"), Question(.HEAD, "/api/version"),
            Question(.GET, "/api/status"), Question(.GET, "/api/tags"), Question(.HEAD, "/api/tags"),
            Question(.GET, "/api/ps"),
            Question(.POST, "/api/show", #"{"model":"smollm2"}"#),
            Question(.POST, "/api/show", #"{"name":"SmolLM2:latest"}"#),
            Question(.POST, "/api/show", #"{"model":"smollm2-think","verbose":true,"nonsense":1}"#),
            Question(.POST, "/api/show", #"{"model":"nope"}"#), Question(.POST, "/api/show", "{}"),
            Question(.POST, "/api/show", #"{"model":"#), Question(.POST, "/api/show", ""),
            Question(.POST, "/api/copy", #"{"source":"smollm2","destination":"smollm2-copy"}"#),
            Question(.POST, "/api/copy", #"{"source":"nope","destination":"x"}"#),
            Question(.DELETE, "/api/delete", #"{"model":"all-minilm"}"#),
            Question(.DELETE, "/api/delete", #"{"name":"nope"}"#), Question(.DELETE, "/api/delete", "{}"),
            Question(.POST, "/api/create", #"{"model":"mario","from":"smollm2","system":"You are Mario"}"#),
            Question(.POST, "/api/create", #"{"model":"mario","from":"smollm2","stream":false}"#),
            Question(.POST, "/api/create", #"{"model":"mario","from":"nope"}"#),
            Question(.POST, "/api/create", #"{"model":"m3"}"#), Question(.POST, "/api/create", #"{"#),
            Question(.POST, "/api/pull", #"{"model":"minilm"}"#),
            Question(.POST, "/api/pull", #"{"name":"minilm","stream":false}"#),
            Question(.POST, "/api/pull", #"{"model":"nope"}"#),
            Question(.POST, "/api/pull", #"{"model":"nope","stream":false}"#),
            Question(.POST, "/api/pull", #"{"model":"a b c"}"#), Question(.POST, "/api/pull", "{}"),
            Question(.POST, "/api/push", #"{"model":"x/smollm2","stream":false}"#),
            Question(.POST, "/api/push", #"{"model":"smollm2"}"#),
            Question(.HEAD, "/api/blobs/\(known)"), Question(.HEAD, "/api/blobs/\(missing)"),
            Question(.POST, "/api/blobs/\(hello)", "hello"), Question(.POST, "/api/blobs/\(missing)", "hello"),
            Question(.POST, "/api/me", "{}"), Question(.POST, "/api/experimental/web_search", "{}"),
            Question(.GET, "/api/delete"), Question(.GET, "/api/blobs/\(hello)"),
        ]

        /// Where we answer as an Ollama without an account does, and not as the one behind us.
        private static let withoutAccounts: Set<String> = ["/api/me", "/api/experimental/web_search"]

        @Test("Status, content type and body are the engine's to the byte", arguments: questions)
        func passesThrough(_ question: Question) async throws {
            let configure: @Sendable (inout OllamaTestDouble.Configuration) -> Void = {
                $0.pullable = ["minilm"]
                $0.blobs = [Self.known]
            }
            // What changes models changes the answer to the same question: each is asked of an engine of its own.
            let own = try await OllamaTestDouble.start(configuration: .init(configure))
            let client = Client(port: own.port)
            let body = question.body.map { Array($0.utf8) }
            let expected = try await client.call(question.method, question.path, body: body)
            await own.stop()
            try await Stage.ollama(configure) { service, _ in
                let answer = try await service.client.call(question.method, question.path, body: body)
                guard !Self.withoutAccounts.contains(question.path) else {
                    #expect(answer.status == 404 && answer.text == "404 page not found", "\(answer)")
                    return
                }
                #expect(answer.status == expected.status, "\(answer)")
                #expect(answer.header("Content-Type") == expected.header("Content-Type"))
                // Ollama's server sends what is longer than 2 KB in chunks.
                if let length = expected.header("Content-Length") { #expect(answer.header("Content-Length") == length) }
                #expect(answer.text == expected.text)
                #expect(answer.isComplete)
            }
        }

        @Test("A loaded model is listed as its engine lists it")
        func running() async throws {
            try await Stage.ollama { service, engine in
                _ = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat(nil, ["model": "smollm2", "keep_alive": -1])
                )
                let answer = try await service.client.get("/api/ps")
                let expected = try await Client(port: engine.port).get("/api/ps")
                let rows = answer.json?["models"]?.elements ?? []
                #expect(rows.count == 1 && rows == expected.json?["models"]?.elements, "\(answer)")
                #expect(rows.first?["name"] == "smollm2:latest")
            }
        }

        @Test("What is copied, made or pulled can be used at once, and what is deleted is gone at once")
        func usableAtOnce() async throws {
            try await Stage.ollama({ $0.pullable = ["minilm"] }) { service, _ in
                let client = service.client
                for round in 0..<5 {
                    let copy = JSON.string("copy-\(round)")
                    let made = try await client.post("/api/copy", ["source": "smollm2", "destination": copy])
                    #expect(made.status == 200 && made.header("X-Engine") != nil, "\(made)")
                    #expect(try await client.post("/api/v1/chat", Stage.chat("copy-\(round)")).status == 200)
                    let gone = try await client.call(
                        .DELETE,
                        "/api/delete",
                        body: Array(JSON.object(["model": copy]).description.utf8)
                    )
                    #expect(gone.status == 200, "\(gone)")
                    #expect(try await client.post("/api/v1/chat", Stage.chat("copy-\(round)")).status == 404)
                }
                let made = try await client.post("/api/create", ["model": "mario", "from": "smollm2"])
                #expect(made.text.hasSuffix("{\"status\":\"success\"}\n"))
                #expect(try await client.post("/api/v1/generate", Stage.body("mario")).status == 200)
            }
        }

        @Test("A pull is known of before its success is told")
        func pullIsKnown() async throws {
            try await Stage.ollama({ $0.pullable = ["minilm"] }) { service, _ in
                let pull = try await service.client.begin("/api/pull", ["model": "minilm"])
                _ = try await pull.wait(for: "success") { $0.text.contains("\"success\"") }
                let models = try await service.client.get("/api/v1/models").json?["models"]?.elements ?? []
                #expect(models.contains { $0["name"] == "minilm:latest" })
            }
        }

        @Test("Progress arrives line by line")
        func progress() async throws {
            try await Stage.ollama({
                $0.pullable = ["minilm"]
                $0.pullPace = .milliseconds(20)
            }) { service, _ in
                let answer = try await service.client.post("/api/pull", ["model": "minilm"])
                let lines = answer.text.split(separator: "\n").count
                #expect(lines > 10 && answer.pieces.count > lines / 2, "\(answer.pieces.count) of \(lines)")
                #expect(answer.header("Content-Type") == "application/x-ndjson")
            }
        }
    }
}
