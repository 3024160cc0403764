import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("The door of the service", .light)
    struct Doorway {
        @Test("Predecessor 26: beyond loopback without keys the service refuses to start, with status 2")
        func refusesToStart() async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let arguments = [
                "serve", "--host", "0.0.0.0", "--port", "0", "--manage", "never", "--data-dir", directory.path,
            ]
            let run = try await CommandRun.run(arguments)
            #expect(run.exit == .init(status: 2, isSignal: false), "\(run)")
            #expect(run.error.contains("server.host: ") && run.error.contains("keys create"), "\(run)")
            #expect(!run.output.contains("listening"))
            let check = try await CommandRun.run(["config", "check", "--host", "0.0.0.0", "--data-dir", directory.path])
            #expect(check.exit.status == 0 && check.error.contains("keys create"), "\(check)")
        }

        @Test("Beyond loopback with a key in the database it starts, warns of keys without TLS, and asks for the key")
        func startsWithAKey() async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let made = try await CommandRun.run(["keys", "create", "a", "--data-dir", directory.path])
            #expect(made.exit.status == 0, "\(made)")
            try await Stage.ollama(
                settings: ["SERVER_HOST": "0.0.0.0"],
                dataDirectory: directory.path
            ) { service, _ in
                let refused = try await service.client.get("/api/v1/models")
                #expect(refused.status == 401)
                try await service.log.wait(for: "without encryption") {
                    $0.contains { $0.text.contains("without encryption") }
                }
            }
        }

        @Test("A request for a name that is not this machine's is 403 on loopback, whatever the route")
        func rebinding() async throws {
            try await Stage.ollama(settings: ["SERVER_HOSTS": "box.example"]) { service, engine in
                for path in ["/api/v1/models", "/health", "/nowhere", "/api/tags"] {
                    let answer = try await service.client.get(path, headers: ["Host": "evil.example"])
                    #expect(answer.status == 403, "\(path): \(answer)")
                }
                for host in ["127.0.0.1:8000", "box.example", "a.localhost"] {
                    #expect(try await service.client.get("/livez", headers: ["Host": host]).status == 200, "\(host)")
                }
                #expect(engine.counts.requests("POST /api/chat") == 0)
            }
        }

        @Test("Predecessor 26: a page of another origin is 403; one of an allowed origin may read the answer")
        func origins() async throws {
            try await Stage.ollama { service, _ in
                let client = service.client
                let evil = try await client.post(
                    "/api/v1/chat",
                    Stage.chat(),
                    headers: ["Origin": "https://evil.example"]
                )
                #expect(evil.status == 403 && evil.header("Access-Control-Allow-Origin") == nil, "\(evil)")
                let page = try await client.post(
                    "/api/v1/chat",
                    Stage.chat(),
                    headers: ["Origin": "http://localhost:3000"]
                )
                #expect(page.status == 200)
                #expect(page.header("Access-Control-Allow-Origin") == "http://localhost:3000")
                #expect(page.header("Access-Control-Allow-Credentials") == nil)
                let preflight = try await client.call(
                    .OPTIONS,
                    "/api/v1/chat",
                    headers: ["Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"]
                )
                #expect(preflight.status == 204, "\(preflight)")
            }
        }

        @Test("SIGHUP takes new projects without dropping a request; a bad file is refused and the old one stays")
        func reload() async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let file = "\(directory.path)/service.yaml"
            func write(_ text: String) throws { try text.write(toFile: file, atomically: true, encoding: .utf8) }
            try write("projects: [{ name: small, models: [\"nothing\"] }]")
            try await Stage.ollama(
                { $0.profile = .init(tokenPace: .milliseconds(20), tokenCount: 60) },
                settings: ["CONFIG": file]
            ) { service, _ in
                func allowed() async throws -> Bool {
                    let list = try await service.client.get("/api/v1/models", headers: ["X-Project-Name": "small"])
                    return list.text.contains("smollm2")
                }
                #expect(try await !allowed())
                let running = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
                _ = try await running.frames(2)
                try write("projects: [{ name: small, weight: none }]")
                service.process.hangUp()
                _ = try await service.log.wait(for: "refusal") { lines in
                    lines.contains { $0.text.contains("projects.0.weight") }
                }
                #expect(try await !allowed())
                try write("projects: [{ name: small }]")
                service.process.hangUp()
                _ = try await service.log.wait(for: "reload") { lines in
                    lines.contains { $0.text.contains("read anew") }
                }
                #expect(try await allowed())
                let answer = try await running.end()
                #expect(answer.isComplete && answer.frames.last?.isDone == true, "\(answer)")
            }
        }

        @Test("SIGHUP with a higher concurrency starts what waits for it, without another request of the project")
        func concurrency() async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let file = "\(directory.path)/service.yaml"
            func write(_ concurrency: Int) throws {
                try "projects: [{ name: small, concurrency: \(concurrency) }]"
                    .write(toFile: file, atomically: true, encoding: .utf8)
            }
            try write(1)
            try await Stage.ollama(
                { $0.profile = .init(tokenPace: .milliseconds(20), tokenCount: 100_000) },
                settings: ["CONFIG": file]
            ) { service, engine in
                func begin() async throws -> Pending {
                    let body = Stage.chat(stream: true)
                    return try await service.client.begin("/api/v1/chat", body, headers: ["X-Project-Name": "small"])
                }
                let running = try await begin()
                _ = try await running.frames(1)
                let waiting = try await begin()
                try await eventually("a request in line") {
                    try await service.client.get("/api/v1/queue/stats").json?["queued"] == 1
                }
                try write(2)
                service.process.hangUp()
                _ = try await waiting.frames(2)
                #expect(engine.counts.generationsOpen == 2)
                await running.leave()
                await waiting.leave()
            }
        }
    }
}

extension ServiceProcess {
    /// Has the service read its configuration anew.
    func hangUp() { _ = Foundation.kill(self.pid, SIGHUP) }
}
