import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Durable batches", .light)
    struct DurableBatches {
        @Test("A file with faults fails its batch, each with its line; nothing runs")
        func faults() async throws {
            try await Stage.ollama { service, engine in
                let calls = BatchCalls(client: service.client)
                let bytes =
                    Array("\(BatchCalls.line("a"))\nnone\n\n\(BatchCalls.line("a"))\n".utf8)
                    + Array(BatchCalls.line("x").utf8.dropLast(4)) + [0xE2, 0x82]
                let file = try await calls.upload(bytes)
                let made = try await calls.create(file.json?["id"]?.string ?? "")
                #expect(made.status == 200 && made.json?["status"] == "validating", "\(made)")
                let id = try #require(made.json?["id"]?.string)
                let batch = try await calls.wait(for: id, until: BatchCalls.ends)
                #expect(batch["status"] == "failed" && batch["failed_at"]?.number != nil, "\(batch)")
                let errors = batch["errors"]?["data"]?.elements ?? []
                #expect(batch["errors"]?["object"] == "list")
                #expect(errors.map { $0["line"]?.number } == [2, 3, 5], "\(batch)")
                let codes: [JSON?] = ["invalid_json_line", "blank_line", "invalid_encoding"]
                #expect(errors.map { $0["code"] } == codes, "\(batch)")
                #expect(engine.counts.requests("POST /api/chat") == 0)
            }
        }

        @Test("What cannot be a batch is refused at once, by name")
        func refusals() async throws {
            try await Stage.ollama { service, _ in
                let calls = BatchCalls(client: service.client)
                let file = try await calls.upload("x".utf8).json?["id"]?.string ?? ""
                let other = try await calls.upload("x".utf8, purpose: "vision").json?["id"]?.string ?? ""
                let wrong: [(Answer, JSON)] = [
                    (try await calls.create("file-none"), "input_file_id"),
                    (try await calls.create("x"), "input_file_id"),
                    (try await calls.create(other), "input_file_id"),
                    (try await calls.create(file, endpoint: "/v1/responses"), "endpoint"),
                    (try await calls.create(file, window: "31d"), "completion_window"),
                    (try await calls.create(file, window: "soon"), "completion_window"),
                    (try await calls.post("/v1/batches"), "input_file_id"),
                ]
                for (answer, field) in wrong {
                    #expect(answer.status == 400 && answer.json?["error"]?["param"] == field, "\(answer)")
                }
                for path in ["/v1/batches/none", "/v1/batches/batch_none"] {
                    #expect(try await calls.get(path).status == 404)
                    #expect(try await calls.post("\(path)/cancel").status == 404)
                }
            }
        }

        @Test("Files and batches are their project's alone; an admin sees all")
        func projects() async throws {
            let settings = [
                "PROJECTS_0_NAME": "search",
                "PROJECTS_0_KEY_SHA256": "0845e3658edc1c91bfc9d172eeae3e60417056b1b7fe9909c00e05023adb7f1d",
                "PROJECTS_1_NAME": "ops", "PROJECTS_1_ROLE": "admin",
                "PROJECTS_1_KEY_SHA256": "69a5265506c94c77b787a7d7377b7685a0eff82e33920a71e7ee22cd6154953e",
            ]
            try await Stage.ollama(settings: settings) { service, _ in
                let user = BatchCalls(client: service.client, headers: ["Authorization": "Bearer user-key"])
                let admin = BatchCalls(client: service.client, headers: ["Authorization": "Bearer admin-key"])
                let file = try await admin.upload("x".utf8).json?["id"]?.string ?? ""
                let batch = try await admin.create(file).json?["id"]?.string ?? ""
                for path in ["/v1/files/\(file)", "/v1/files/\(file)/content", "/v1/batches/\(batch)"] {
                    #expect(try await user.get(path).status == 404)
                    #expect(try await admin.get(path).status == 200)
                }
                #expect(try await user.delete("/v1/files/\(file)").status == 404)
                #expect(try await user.create(file).status == 400)
                for move in ["cancel", "pause", "resume"] {
                    #expect(try await user.post("/v1/batches/\(batch)/\(move)").status == 404)
                }
                #expect(try await user.get("/v1/batches").json?["data"] == [])
                #expect(try await user.get("/v1/files").json?["data"] == [])
                let own = try await user.upload("y".utf8).json?["id"]
                #expect(try await admin.get("/v1/files").json?["data"]?.elements.count == 2)
                #expect(try await user.get("/v1/files").json?["data"]?.elements.map { $0["id"] } == [own])
                #expect(try await admin.create(own?.string ?? "").status == 200)
            }
        }

        @Test("The same Idempotency-Key makes one batch, also after a kill")
        func idempotency() async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            var file = ""
            var first = Answer()
            let key: HTTPHeaders = ["Idempotency-Key": "once"]
            try await Stage.ollama(dataDirectory: directory.path) { service, _ in
                let calls = BatchCalls(client: service.client)
                file = try await calls.upload(BatchCalls.line("a").utf8).json?["id"]?.string ?? ""
                first = try await calls.create(file, headers: key)
                #expect(first.status == 200, "\(first)")
                #expect(try await calls.create(file, window: "1h", headers: key).status == 422)
                await service.process.kill()
            }
            try await Stage.ollama(dataDirectory: directory.path) { service, _ in
                let calls = BatchCalls(client: service.client)
                let again = try await calls.create(file, headers: key)
                #expect(again.body == first.body && again.header("Idempotent-Replayed") == "true", "\(again)")
                #expect(try await calls.get("/v1/batches").json?["data"]?.elements.count == 1)
            }
        }

        @Test("A cancelled batch lists what had not run, and cannot be cancelled again")
        func cancel() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(100), tokenCount: 20) }) {
                service,
                _ in
                let calls = BatchCalls(client: service.client)
                let id = try await calls.batch((0..<50).map { BatchCalls.line("r\($0)") })
                _ = try await calls.wait(for: id, until: ["in_progress"])
                #expect(try await calls.post("/v1/batches/\(id)/pause").json?["paused_at"]?.number != nil)
                #expect(try await calls.post("/v1/batches/\(id)/resume").json?["paused_at"] == .null)
                let cancelling = try await calls.post("/v1/batches/\(id)/cancel")
                #expect(cancelling.status == 200 && cancelling.json?["cancelling_at"]?.number != nil, "\(cancelling)")
                let batch = try await calls.wait(for: id, until: BatchCalls.ends)
                #expect(batch["status"] == "cancelled", "\(batch)")
                let counts = batch["request_counts"]
                #expect(counts?["total"] == 50, "\(batch)")
                let output = try await calls.lines(of: batch["output_file_id"])
                let errors = try await calls.lines(of: batch["error_file_id"])
                #expect(Set((output + errors).compactMap { $0["custom_id"]?.string }).count == 50)
                #expect(counts?["completed"] == .number(Double(output.count)))
                #expect(counts?["failed"] == .number(Double(errors.count)))
                #expect(errors.allSatisfy { $0["error"]?["code"] == "batch_cancelled" && $0["response"] == .null })
                for move in ["cancel", "pause", "resume"] {
                    let late = try await calls.post("/v1/batches/\(id)/\(move)")
                    #expect(late.status == 409 && late.json?["error"]?["code"] == "conflict", "\(late)")
                }
            }
        }

        @Test(
            "50,000 requests are taken in without much memory, and may run soon",
            .enabled(if: ProcessFigures.areKnown)
        )
        func large() async throws {
            let settings = ["ENGINES_0_URL": "http://127.0.0.1:1"]
            try await Stage.ollama(settings: settings) { service, _ in
                let calls = BatchCalls(client: service.client)
                let file = try await calls.upload(
                    (0..<50_000).map { BatchCalls.line("r\($0)") }.joined(separator: "\n").utf8
                )
                let begin = ContinuousClock.now
                let made = try await calls.create(file.json?["id"]?.string ?? "")
                let id = try #require(made.json?["id"]?.string, "\(made)")
                let batch = try await calls.wait(for: id, until: ["in_progress", "failed"])
                let time = ContinuousClock.now - begin
                #expect(batch["status"] == "in_progress" && batch["request_counts"]?["total"] == 50_000, "\(batch)")
                #expect(time < tenfold(.seconds(2)), "\(time)")
                let peak = try ProcessFigures.peakBytes(of: service.process.pid)
                #expect(peak < 150_000_000, "\(peak)")
            }
        }
    }
}
