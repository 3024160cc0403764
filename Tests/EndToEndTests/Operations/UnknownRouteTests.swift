import NIOHTTP1
import Testing

extension EndToEnd {
    @Suite("Unknown routes", .light)
    struct UnknownRoutes {
        @Test("An unknown path is answered in the dialect of its neighbours")
        func paths() async throws {
            try await Stage.ollama { service, _ in
                let ollama = try await service.client.get("/api/nope")
                #expect(ollama.status == 404 && ollama.text == "404 page not found")
                #expect(ollama.header("Content-Type")?.hasPrefix("text/plain") == true)

                let openAI = try await service.client.get("/v1/nope")
                #expect(openAI.status == 404)
                #expect(openAI.json?["error"]?.keys == ["message", "type", "param", "code"])
                #expect(openAI.json?["error"]?["type"] == "not_found_error")

                for path in ["/api/v1/nope", "/nope", "/api/v1", "/%2e%2e/etc/passwd", "/api/v1/chat/"] {
                    let native = try await service.client.get(path)
                    #expect(native.status == 404 || native.status == 405, "\(path): \(native)")
                    #expect(native.header("Content-Type") == "application/problem+json", "\(path)")
                    #expect(native.code == "not_found" || native.code == "method_not_allowed", "\(path): \(native)")
                }
            }
        }

        @Test("A wrong method names the right one, in the dialect of the route")
        func methods() async throws {
            try await Stage.ollama { service, _ in
                for (method, path, allowed) in [
                    (HTTPMethod.GET, "/api/v1/chat", "POST"), (.DELETE, "/api/v1/generate", "POST"),
                    (.PUT, "/api/v1/chat", "POST"), (.POST, "/health", "GET"), (.POST, "/api/v1/models", "GET"),
                ] {
                    let answer = try await service.client.call(method, path)
                    #expect(answer.status == 405, "\(method) \(path): \(answer)")
                    #expect(answer.header("Allow")?.contains(allowed) == true, "\(method) \(path)")
                    #expect(answer.code == "method_not_allowed")
                }
            }
        }

        @Test("A problem has every member of the interface")
        func problem() async throws {
            try await Stage.ollama { service, _ in
                let answer = try await service.client.get("/api/v1/nope?secret=1")
                let json = try #require(answer.json)
                #expect(
                    json.keys.isSuperset(of: [
                        "type", "title", "status", "detail", "instance", "code", "request_id", "timestamp",
                    ])
                )
                #expect(json["status"] == 404 && json["instance"] == "/api/v1/nope")
                #expect(json["request_id"]?.string == answer.header("X-Request-ID"))
                #expect(!answer.text.contains("secret"))
                let time = try #require(json["timestamp"]?.string)
                #expect(time.count >= 20 && time.hasSuffix("Z"), "\(time)")
            }
        }

        @Test("HEAD answers like GET without a body")
        func head() async throws {
            try await Stage.ollama { service, _ in
                let answer = try await service.client.call(.HEAD, "/livez")
                #expect(answer.status == 200 && answer.body.isEmpty && answer.isComplete)
                #expect((answer.header("Content-Length").flatMap { Int($0) } ?? 0) > 0)
            }
        }
    }
}
