import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Running stored batches", .light)
    struct StoredBatchRuns {
        /// Lines of a batch of short conversations.
        static func lines(_ count: Int, model: String = "smollm2", _ extra: [String: JSON] = [:]) -> String {
            (0..<count).map { number in
                let body: [String: JSON] = [
                    "model": .string(model),
                    "messages": [["role": "user", "content": .string("question \(number)")]],
                ]
                let line: JSON = [
                    "custom_id": .string("item-\(number)"), "method": "POST", "url": "/v1/chat/completions",
                    "body": .object(body.merging(extra) { $1 }),
                ]
                return "\(line)\n"
            }.joined()
        }

        /// Makes a batch of lines; its id.
        static func submit(
            _ lines: String,
            to service: ServiceUnderTest,
            headers: HTTPHeaders = [:]
        ) async throws -> String {
            let form =
                "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--b\r\n"
                + "Content-Disposition: form-data; name=\"file\"; filename=\"x.jsonl\"\r\n\r\n\(lines)\r\n--b--\r\n"
            var fields = headers
            fields.add(name: "Content-Type", value: "multipart/form-data; boundary=b")
            let file = try await service.client.call(.POST, "/v1/files", headers: fields, body: Array(form.utf8))
            let fileID = try #require(file.json?["id"]?.string, "\(file)")
            let order: JSON = [
                "input_file_id": .string(fileID), "endpoint": "/v1/chat/completions", "completion_window": "24h",
            ]
            let batch = try await service.client.post("/v1/batches", order, headers: headers)
            return try #require(batch.json?["id"]?.string, "\(batch)")
        }

        /// Waits until a batch is as it should be.
        static func wait(
            for id: String,
            at service: ServiceUnderTest,
            headers: HTTPHeaders = [:],
            until condition: (JSON) -> Bool
        ) async throws -> JSON {
            let deadline = ContinuousClock.now.advanced(by: .seconds(60))
            var last = Answer()
            while ContinuousClock.now < deadline {
                last = try await service.client.get("/v1/batches/\(id)", headers: headers)
                if let batch = last.json, condition(batch) { return batch }
                try await Task.sleep(for: .milliseconds(20))
            }
            Issue.record("the batch does not come so far: \(last)")
            return last.json ?? .null
        }

        /// The lines of a file of the service.
        static func content(_ file: JSON?, at service: ServiceUnderTest) async throws -> [JSON] {
            guard let id = file?.string else { return [] }
            let answer = try await service.client.get("/v1/files/\(id)/content")
            return try answer.text.split(separator: "\n").map { try JSON(parsing: $0.utf8) }
        }

        @Test("All items run in class batch, through the scheduler, and their answers are in the output")
        func all() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(1), tokenCount: 3) }) {
                service,
                engine in
                let bad = Self.lines(1, ["temperature": 9]).replacing("item-0", with: "bad")
                let id = try await Self.submit(Self.lines(30) + bad, to: service)
                let batch = try await Self.wait(for: id, at: service) { $0["status"] == "completed" }
                #expect(
                    batch["request_counts"]?["completed"] == 30 && batch["request_counts"]?["failed"] == 1,
                    "\(batch)"
                )
                let output = try await Self.content(batch["output_file_id"], at: service)
                #expect(Set(output.compactMap { $0["custom_id"]?.string }).count == 30 && output.count == 30)
                let response = output.first?["response"]
                #expect(response?["status_code"] == 200 && response?["body"]?["object"] == "chat.completion")
                #expect(response?["request_id"]?.string?.hasPrefix("\(id)-") == true, "\(String(describing: response))")
                let errors = try await Self.content(batch["error_file_id"], at: service)
                #expect(errors.count == 1 && errors[0]["response"]?["status_code"] == 400, "\(errors)")
                #expect(engine.counts.generationsPeak <= 4)
                try await eventually("a record of each item") {
                    service.requestLines.count { $0["class"] == "batch" } >= 30
                }
            }
        }

        @Test("A batch takes no place in the queue, and an interactive caller waits for one run at most")
        func people() async throws {
            let settings = ["QUEUES_CHAT_MAX_QUEUE_SIZE": "1", "ENGINES_0_PARALLEL": "1", "BATCHES_MIN_SHARE": "0"]
            try await Stage.ollama(
                {
                    $0.parallel = 1
                    $0.profile = .init(tokenPace: .milliseconds(10), tokenCount: 20)
                },
                settings: settings
            ) { service, engine in
                let id = try await Self.submit(Self.lines(200), to: service)
                try await engine.waitUntil { $0.generationsOpen == 1 }
                for _ in 0..<5 {
                    let headers: HTTPHeaders = ["X-Priority": "interactive"]
                    let answer = try await service.client.post("/api/v1/chat", Stage.chat(), headers: headers)
                    #expect(answer.status == 200, "\(answer)")
                    // A run takes 0.2 s.
                    #expect(answer.json?["queue_wait_ms"]?.number ?? .infinity < 2000, "\(answer)")
                }
                let cancelled = try await service.client.call(.POST, "/v1/batches/\(id)/cancel")
                #expect(cancelled.status == 200, "\(cancelled)")
                let batch = try await Self.wait(for: id, at: service) { $0["status"] == "cancelled" }
                let done = batch["request_counts"]?["completed"]?.int ?? 0
                let output = try await Self.content(batch["output_file_id"], at: service)
                #expect(output.count == done && done < 200)
                try await engine.waitUntil { $0.generationsOpen == 0 }
            }
        }

        @Test("Paused, it stops what runs and starts nothing; resumed, it comes to its end with each item once")
        func pause() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(20), tokenCount: 600) }) {
                service,
                engine in
                let id = try await Self.submit(Self.lines(12), to: service)
                try await engine.waitUntil { $0.generationsOpen == 4 }
                _ = try await service.client.call(.POST, "/v1/batches/\(id)/pause")
                try await engine.waitUntil { $0.generationsOpen == 0 }
                let requests = engine.counts.requests("POST /api/chat")
                try await Task.sleep(for: .milliseconds(500))
                #expect(engine.counts.requests("POST /api/chat") == requests)
                engine.setProfile(.init(tokenPace: .milliseconds(1), tokenCount: 3))
                _ = try await service.client.call(.POST, "/v1/batches/\(id)/resume")
                let batch = try await Self.wait(for: id, at: service) { $0["status"] == "completed" }
                let output = try await Self.content(batch["output_file_id"], at: service)
                #expect(output.count == 12 && Set(output.compactMap { $0["custom_id"]?.string }).count == 12)
            }
        }

        @Test("Stopped in the middle, the service gives back what runs, and goes on after its next start")
        func restart() async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            var id = ""
            try await Stage.ollama(
                { $0.profile = .init(tokenPace: .milliseconds(20), tokenCount: 30) },
                dataDirectory: directory.path
            ) { service, engine in
                id = try await Self.submit(Self.lines(40), to: service)
                _ = try await Self.wait(for: id, at: service) { $0["request_counts"]?["completed"]?.int ?? 0 >= 4 }
                service.process.signal(SIGTERM)
                #expect(try await service.process.ended() == .init(status: 0, isSignal: false))
                try await engine.waitUntil { $0.generationsOpen == 0 }
            }
            try await Stage.ollama(dataDirectory: directory.path) { service, _ in
                let batch = try await Self.wait(for: id, at: service) { $0["status"] == "completed" }
                #expect(batch["request_counts"]?["completed"] == 40)
                let output = try await Self.content(batch["output_file_id"], at: service)
                #expect(output.count == 40 && Set(output.compactMap { $0["custom_id"]?.string }).count == 40)
            }
        }

        @Test("While its engine is away nothing of it fails; when the engine is back it goes on")
        func engineAway() async throws {
            try await Stage.ollama { service, engine in
                engine.set(.refuseConnections, on: .everything)
                let id = try await Self.submit(Self.lines(10), to: service)
                _ = try await Self.wait(for: id, at: service) { $0["status"] == "in_progress" }
                try await Task.sleep(for: .seconds(1))
                let waiting = try await service.client.get("/v1/batches/\(id)")
                #expect(waiting.json?["request_counts"]?["failed"] == 0, "\(waiting)")
                engine.clearFaults()
                let batch = try await Self.wait(for: id, at: service) { $0["status"] == "completed" }
                #expect(
                    batch["request_counts"]?["completed"] == 10 && batch["request_counts"]?["failed"] == 0,
                    "\(batch)"
                )
            }
        }
    }
}
