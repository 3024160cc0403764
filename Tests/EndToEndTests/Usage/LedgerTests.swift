import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("The usage ledger", .light)
    struct Ledger {
        private static func data(_ test: (String) async throws -> Void) async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            try await test(directory.path)
        }

        private static func named(_ id: String, project: String? = nil) -> HTTPHeaders {
            var headers: HTTPHeaders = ["X-Request-ID": id]
            if let project { headers.add(name: "X-Project-Name", value: project) }
            return headers
        }

        @Test("Predecessor 14: one record a request, with true numbers, whatever way it ended; a restart keeps them")
        func records() async throws {
            try await Self.data { directory in
                try await Stage.ollama(
                    { $0.profile = .init(tokenPace: .milliseconds(5), tokenCount: 4) },
                    dataDirectory: directory
                ) { service, engine in
                    let client = service.client
                    let whole = try await client.post(
                        "/api/v1/chat",
                        Stage.chat(),
                        headers: Self.named("whole", project: "search")
                    )
                    let stream = try await client.post(
                        "/api/v1/generate",
                        Stage.body(stream: true),
                        headers: Self.named("stream", project: "search")
                    )
                    #expect(whole.status == 200 && stream.isComplete)
                    _ = try await client.post(
                        "/api/v1/chat",
                        ["messages": 1],
                        headers: Self.named("schema")
                    )
                    _ = try await client.post("/api/v1/chat", Stage.chat("nobody"), headers: Self.named("unknown"))
                    _ = try await client.call(.POST, "/api/v1/chat", headers: Self.named("broken"), body: [0x7B])
                    engine.setProfile(.init(tokenPace: .milliseconds(5), tokenCount: 100_000))
                    let leaver = try await client.begin(
                        "/api/v1/chat",
                        Stage.chat(stream: true),
                        headers: Self.named("leaver")
                    )
                    _ = try await leaver.frames(3)
                    await leaver.leave()
                    _ = try await service.logLine(of: "leaver")
                    // None of these is inference.
                    for path in ["/api/v1/models", "/health", "/nowhere"] { _ = try await client.get(path) }
                    service.process.signal(SIGTERM)
                    #expect(try await service.process.ended().status == 0)
                }
                let stored = StoredUsage(in: directory)
                var requests = try stored.requests()
                #expect(
                    Set(requests.map(\.id)) == ["whole", "stream", "schema", "unknown", "broken", "leaver"]
                )
                #expect(requests.count == 6)
                #expect(requests.allSatisfy { $0.totalMicroseconds > 0 })
                requests.sort { $0.id < $1.id }
                #expect(
                    requests.map(\.ending) == ["failed", "cancelled", "failed", "completed", "failed", "completed"]
                )
                #expect(requests.map(\.status) == [400, 200, 422, 200, 404, 200])
                #expect(requests.map(\.errorCode)[4] == "model_not_found")
                let (leaver, stream, whole) = (requests[1], requests[3], requests[5])
                #expect(leaver.phase == "decoding" && leaver.pieces >= 3 && leaver.completionTokens == nil)
                for request in [stream, whole] {
                    #expect(request.project == "search" && request.model == "smollm2:latest")
                    #expect(request.completionTokens == 4 && (request.promptTokens ?? 0) > 0)
                }
                try await Stage.ollama(dataDirectory: directory) { service, _ in
                    _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.named("after"))
                    try await eventually("seventh record") { try stored.count() == 7 }
                }
                #expect(try stored.requests().map(\.id).last == "after")
            }
        }

        @Test("A killed service loses no more than what it had not written yet, and the file is whole")
        func killed() async throws {
            try await Self.data { directory in
                let stored = StoredUsage(in: directory)
                var kept: Set<String> = []
                for round in 1...3 {
                    try await Stage.ollama(dataDirectory: directory) { service, _ in
                        let early = (0..<5).map { "early-\(round)-\($0)" }
                        for id in early {
                            _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.named(id))
                        }
                        // A second is the promise, without anything else having to happen.
                        try await eventually("records", within: tenfold(.seconds(1))) {
                            Set(try stored.requests().map(\.id)).isSuperset(of: early)
                        }
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            for caller in 0..<4 {
                                group.addTask {
                                    var number = 0
                                    while !Task.isCancelled {
                                        number += 1
                                        let headers = Self.named("r\(round)-\(caller)-\(number)")
                                        _ = try? await service.client.post(
                                            "/api/v1/chat",
                                            Stage.chat(),
                                            headers: headers
                                        )
                                    }
                                }
                            }
                            let before = try stored.count()
                            try await eventually("more records") { try stored.count() >= before + 20 }
                            kept = Set(try stored.requests().map(\.id))
                            await service.process.kill()
                            group.cancelAll()
                        }
                    }
                    #expect(try stored.integrity() == "ok")
                    let ids = try stored.requests().map(\.id)
                    #expect(Set(ids).isSuperset(of: kept))
                    #expect(Set(ids).count == ids.count, "no record twice")
                }
            }
        }

        @Test("A full disk is a reason of readiness and one line of the log; requests are served all the same")
        func fullDisk() async throws {
            let double = try await OllamaTestDouble.start(configuration: .init { $0.parallel = 4 })
            var settings = ServiceUnderTest.Settings(engineURL: double.url)
            // No file may grow beyond 512 KiB: what a write then gets is an error, as on a full disk.
            settings.launcher = "ulimit -f 1024"
            settings.environment = ["LOG_LEVEL": "notice"]
            try await ServiceUnderTest.run(settings) { service in
                try await eventually("ready") { try await service.client.get("/readyz").status == 200 }
                let id = String(repeating: "x", count: 100)
                try await eventually("full disk", within: .seconds(180)) {
                    for number in 0..<200 {
                        let headers = Self.named("\(id)-\(number)")
                        _ = try await service.client.post("/api/v1/chat", ["messages": 1], headers: headers)
                    }
                    return try await service.client.get("/readyz").status == 503
                }
                let reason: JSON = ["component": "store", "reason": "store_unwritable"]
                #expect(try await service.client.get("/readyz").json?["reasons"] == [reason])
                let answer = try await service.client.post("/api/v1/chat", Stage.chat())
                #expect(answer.status == 200, "\(answer)")
                // Several tries later.
                try await Task.sleep(for: .seconds(3))
                #expect(try await service.client.get("/livez").status == 200)
                let lines = service.log.value.filter { $0.text.contains("store_unwritable") }
                #expect(lines.count == 1, "\(lines.map(\.text))")
                #expect(lines.first?.json["level"] == "error")
                #expect(try StoredUsage(in: service.dataDirectory).integrity() == "ok")
            }
            await double.stop()
        }

        @Test("A damaged database is a start error that says which file and what to do")
        func damaged() async throws {
            let run = try await CommandRun.run(
                ["serve", "--port", "0", "--manage", "never", "--engine-url", "http://127.0.0.1:9", "--data-dir", "."],
                files: ["shared-ollama.sqlite": String(repeating: "this is not a database. ", count: 1000)]
            )
            #expect(run.exit.status == 1)
            let line = run.error.split(separator: "\n").last ?? ""
            #expect(line.contains("shared-ollama.sqlite is damaged") && line.contains("backup"), "\(run.error)")
        }
    }
}
