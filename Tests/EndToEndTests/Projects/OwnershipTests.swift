import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("What belongs to a project", .light)
    struct Ownership {
        /// Two projects and an admin, each with its key, before an engine that runs one request at a time.
        private struct House {
            let service: ServiceUnderTest
            let engine: OllamaTestDouble
            let keys: [String: String]

            func headers(_ project: String, _ id: String? = nil) -> HTTPHeaders {
                var headers: HTTPHeaders = ["Authorization": "Bearer \(self.keys[project] ?? "")"]
                if let id { headers.add(name: "X-Request-ID", value: id) }
                return headers
            }

            func get(_ path: String, as project: String) async throws -> Answer {
                try await self.service.client.get(path, headers: self.headers(project))
            }

            func delete(_ id: String, as project: String) async throws -> Answer {
                try await self.service.client.call(
                    .DELETE,
                    "/api/v1/requests/\(id)",
                    headers: self.headers(project)
                )
            }

            func begin(_ id: String, as project: String, stream: Bool = false) async throws -> Pending {
                let pending = try await self.service.client.begin(
                    "/api/v1/chat",
                    Stage.chat(stream: stream),
                    headers: self.headers(project, id)
                )
                try await eventually("\(id) of \(project) on its way") {
                    try await self.get("/api/v1/queue/requests/\(id)", as: project).status == 200
                }
                return pending
            }

            /// Whose requests somebody sees in the list, the oldest first.
            func owners(as project: String) async throws -> [String?] {
                let list = try await self.get("/api/v1/queue/requests", as: project).json?["requests"]
                return list?.elements.map { $0["project"]?.string } ?? []
            }
        }

        private static func house(_ test: (House) async throws -> Void) async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            var keys: [String: String] = [:]
            for (name, role) in [("red", "user"), ("blue", "user"), ("ops", "admin")] {
                let arguments = ["keys", "create", name, "--role", role, "--data-dir", directory.path]
                let run = try await CommandRun.run(arguments)
                try #require(run.exit.status == 0, "\(run)")
                keys[name] = run.output.trimmingCharacters(in: .whitespacesAndNewlines)
            }
            let endless = GenerationProfile(tokenPace: .milliseconds(20), tokenCount: 100_000)
            try await Stage.ollama(
                {
                    $0.parallel = 1
                    $0.profile = endless
                },
                dataDirectory: directory.path
            ) { service, engine in try await test(House(service: service, engine: engine, keys: keys)) }
        }

        @Test("A project sees its own requests on their way, another's are 404, and an admin sees all")
        func requests() async throws {
            try await Self.house { house in
                let running = try await house.begin("of-red", as: "red", stream: true)
                _ = try await running.frames(1)
                let waiting = try await house.begin("of-blue", as: "blue")
                #expect(try await house.owners(as: "red") == ["red"])
                #expect(try await house.owners(as: "blue") == ["blue"])
                #expect(try await house.owners(as: "ops") == ["red", "blue"])
                for (id, stranger) in [("of-red", "blue"), ("of-blue", "red")] {
                    let foreign = try await house.get("/api/v1/queue/requests/\(id)", as: stranger)
                    let absent = try await house.get("/api/v1/queue/requests/nobody", as: stranger)
                    #expect(foreign.status == 404 && foreign.code == "not_found", "\(foreign)")
                    // Nothing tells what is somebody else's from what does not exist.
                    #expect(foreign.detail == absent.detail)
                    #expect(try await house.get("/api/v1/queue/requests/\(id)", as: "ops").status == 200)
                    #expect(try await house.delete(id, as: stranger).status == 404)
                }
                // Both go on.
                #expect(try await house.owners(as: "ops") == ["red", "blue"])
                #expect(try await house.delete("of-blue", as: "ops").status == 202)
                let ended = try await waiting.end()
                #expect(ended.status == 409 && ended.code == "cancelled", "\(ended)")
                #expect(try await house.delete("of-red", as: "red").status == 202)
                #expect(try await running.end().frames.last?.json["code"] == "cancelled")
                for pending in [running, waiting] { await pending.leave() }
            }
        }

        @Test("An id that two projects use is each one's own: to look at, and to end")
        func sameID() async throws {
            try await Self.house { house in
                let running = try await house.begin("shared", as: "red", stream: true)
                _ = try await running.frames(1)
                let waiting = try await house.begin("shared", as: "blue")
                let seen = try await house.get("/api/v1/queue/requests/shared", as: "red").json
                #expect(seen?["project"] == "red" && seen?["phase"] == "decoding", "\(String(describing: seen))")
                #expect(try await house.delete("shared", as: "blue").status == 202)
                #expect(try await waiting.end().status == 409)
                let frames = running.now.frames.count
                #expect(try await running.frames(frames + 2).count > frames + 1)
                #expect(try await house.owners(as: "ops") == ["red"])
                for pending in [running, waiting] { await pending.leave() }
            }
        }

        @Test("The queue's figures are those of the project's own requests, and an admin's those of all")
        func stats() async throws {
            try await Self.house { house in
                func figures(_ project: String) async throws -> [Int?] {
                    let stats = try await house.get("/api/v1/queue/stats", as: project).json?["chat"]
                    return ["queued", "in_progress", "completed", "failed"].map { stats?[$0]?.int }
                }
                let running = try await house.begin("of-red", as: "red", stream: true)
                _ = try await running.frames(1)
                let waiting = [
                    try await house.begin("blue-1", as: "blue"), try await house.begin("blue-2", as: "blue"),
                ]
                #expect(try await figures("red") == [0, 1, 0, 0])
                #expect(try await figures("blue") == [2, 0, 0, 0])
                #expect(try await figures("ops") == [2, 1, 0, 0])
                house.engine.setProfile(GenerationProfile(tokenCount: 3))
                await running.leave()
                for pending in waiting { #expect(try await pending.end().status == 200) }
                try await eventually("an idle service") { try await figures("ops")[1] == 0 }
                #expect(try await figures("red") == [0, 0, 0, 0])
                #expect(try await figures("blue") == [0, 0, 2, 0])
                #expect(try await figures("ops") == [0, 0, 2, 0])
                let waits = try await house.get("/api/v1/queue/stats", as: "red").json?["total_wait_time_ms"]
                let all = try await house.get("/api/v1/queue/stats", as: "ops").json?["total_wait_time_ms"]
                #expect((waits?.number ?? -1) < (all?.number ?? -1))
                for pending in waiting { await pending.leave() }
            }
        }
    }
}
