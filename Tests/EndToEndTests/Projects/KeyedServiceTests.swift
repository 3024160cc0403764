import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Projects with keys", .light)
    struct KeyedService {
        private static func keys(_ arguments: [String], _ directory: String) async throws -> CommandRun {
            try await CommandRun.run(["keys"] + arguments + ["--data-dir", directory])
        }

        /// Makes a key and returns its text.
        private static func key(_ name: String, role: String? = nil, in directory: String) async throws -> String {
            let run = try await Self.keys(["create", name] + (role.map { ["--role", $0] } ?? []), directory)
            try #require(run.exit.status == 0, "\(run)")
            return run.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }

        private static func bearer(_ key: String) -> HTTPHeaders { ["Authorization": "Bearer \(key)"] }

        @Test("Predecessor 26: a key that is made counts within a second, and no longer once it is revoked")
        func createAndRevoke() async throws {
            try await Stage.ollama { service, engine in
                let client = service.client
                #expect(try await client.get("/api/v1/models").status == 200)
                let key = try await Self.key("search", in: service.dataDirectory)
                #expect(key.hasPrefix("so_search_") && key.count == 10 + 43)
                try await eventually("the new keys hold") { try await client.get("/api/v1/models").status == 401 }
                let refused = try await client.post("/api/v1/chat", Stage.chat())
                #expect(refused.status == 401 && refused.code == "unauthenticated", "\(refused)")
                #expect(refused.header("WWW-Authenticate")?.contains("Bearer") == true)
                #expect(refused.header("x-should-retry") == "false")
                #expect(engine.counts.requests("POST /api/chat") == 0)
                // The health of the service is nobody's secret.
                for path in ["/livez", "/healthz", "/readyz", "/health", "/api/v1/health"] {
                    #expect(try await client.get(path).status == 200, "\(path)")
                }
                let basic = Data("me:\(key)".utf8).base64EncodedString()
                let ways: [HTTPHeaders] = [
                    Self.bearer(key), ["x-api-key": key], ["Authorization": "Basic \(basic)"],
                    ["Authorization": "Bearer \(key)", "X-Project-Name": "somebody-else"],
                ]
                for headers in ways {
                    let answer = try await client.post("/api/v1/chat", Stage.chat(), headers: headers)
                    #expect(answer.status == 200, "\(answer)")
                    #expect(try await service.logLine(of: answer.header("X-Request-ID"))["project"] == "search")
                }
                let wrong = try await client.get("/api/v1/models", headers: Self.bearer(key + "x"))
                #expect(wrong.status == 401)
                // Somebody else's key keeps the door closed when this one goes.
                let other = try await Self.key("other", role: "admin", in: service.dataDirectory)
                try await eventually("the new keys hold") {
                    try await client.get("/api/v1/models", headers: Self.bearer(other)).status == 200
                }
                let list = try await Self.keys(["list"], service.dataDirectory)
                #expect(list.output.split(separator: "\n").count == 2 && !list.output.contains(key), "\(list)")
                let revoked = try await Self.keys(["revoke", "search"], service.dataDirectory)
                #expect(revoked.exit.status == 0 && revoked.output.contains("1"), "\(revoked)")
                try await eventually("the new keys hold") {
                    try await client.get("/api/v1/models", headers: Self.bearer(key)).status == 401
                }
                #expect(try await Self.keys(["revoke", "search"], service.dataDirectory).exit.status == 1)
            }
        }

        @Test("Whoever guesses keys is slowed down with 429, and right keys from the same address are served")
        func guesses() async throws {
            let settings = ["SERVER_WRONG_KEYS_PER_MINUTE": "3"]
            try await Stage.ollama(settings: settings) { service, _ in
                let key = try await Self.key("search", in: service.dataDirectory)
                try await eventually("the new keys hold") {
                    try await service.client.get("/api/v1/models").status == 401
                }
                func guess(_ path: String = "/api/v1/models") async throws -> Answer {
                    try await service.client.get(path, headers: Self.bearer("so_search_\(UUID())"))
                }
                var statuses: [Int] = []
                for _ in 0..<8 { statuses.append(try await guess().status) }
                // A slow machine may see one or another place come back.
                #expect(statuses.prefix(3) == [401, 401, 401] && statuses.contains(429), "\(statuses)")
                let refused = try await guess("/v1/models")
                #expect(refused.status == 429 && refused.code == "rate_limited", "\(refused)")
                #expect((refused.header("Retry-After").flatMap { Int($0) } ?? 0) >= 1)
                #expect(refused.header("x-should-retry") == "false")
                #expect(try await service.client.get("/api/v1/models", headers: Self.bearer(key)).status == 200)
                #expect(
                    try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.bearer(key)).status == 200
                )
                // Who shows no key does not guess, and health is told to everybody.
                #expect(try await service.client.get("/api/v1/models").status == 401)
                #expect(try await guess("/health").status == 200)
            }
        }

        @Test("No key is ever in the log or, but as a hash, in the data directory")
        func secrecy() async throws {
            try await Stage.ollama(settings: ["LOG_LEVEL": "trace"]) { service, _ in
                let key = try await Self.key("search", in: service.dataDirectory)
                try await eventually("the new keys hold") {
                    try await service.client.get("/api/v1/models").status == 401
                }
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.bearer(key))
                #expect(!service.log.value.contains { $0.text.contains(key) })
                let directory = service.dataDirectory
                let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter {
                    $0.contains("sqlite")
                }
                #expect(!names.isEmpty)
                for name in names {
                    let data = try Data(contentsOf: URL(fileURLWithPath: "\(directory)/\(name)"))
                    #expect(data.range(of: Data(key.utf8)) == nil, "\(name)")
                }
            }
        }

        @Test("A wrong command of keys is status 2, and tells what is allowed")
        func wrongCommands() async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            for arguments in [["create", "a b"], ["create", "a", "--role", "root"], ["create"], ["revoke", ""]] {
                let run = try await Self.keys(arguments, directory.path)
                #expect(run.exit.status == 2, "\(arguments): \(run)")
            }
        }

        @Test("Each dialect tells a missing key in its own shape")
        func dialects() async throws {
            try await Stage.ollama { service, _ in
                _ = try await Self.key("search", in: service.dataDirectory)
                try await eventually("the new keys hold") {
                    try await service.client.get("/api/v1/models").status == 401
                }
                let native = try await service.client.get("/api/v1/models")
                #expect(native.header("Content-Type") == "application/problem+json" && native.json?["status"] == 401)
                let openAI = try await service.client.get("/v1/models")
                #expect(openAI.status == 401 && openAI.json?["error"]?["type"] == "authentication_error", "\(openAI)")
                let ollama = try await service.client.get("/api/tags")
                #expect(ollama.status == 401 && ollama.json?["error"]?.string != nil, "\(ollama)")
                let anthropic = try await service.client.post("/v1/messages", [:])
                #expect(anthropic.status == 401 && anthropic.json?["type"] == "error", "\(anthropic)")
            }
        }
    }
}
