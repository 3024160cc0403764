import Domain
import Foundation
import GRDB
import TestSupport
import Testing

@testable import Application
@testable import Infrastructure

@Suite("Durable batches in the database")
struct SQLiteBatchStoreTests {
    private static func ids(_ lines: [JSONObject]) -> [String] { lines.compactMap { $0["custom_id"]?.string } }

    @Test("A batch is read, claimed by model in the order of its file, and completed; its lines stand in that order")
    func wholeLife() async throws {
        try await StoreBench.with { bench in
            let lines = ["a", "b", "c", "d"].map { StoreBench.line($0, model: $0 == "b" ? "other" : "m") }
            let batch = try await bench.running(lines)
            #expect(batch.status == .inProgress && batch.counts.total == 4, "\(batch)")
            #expect(batch.metadata == [BatchLabel(key: "k", value: "v\"")])
            let work = try await bench.batches.work(atMost: 10)
            #expect(work.map(\.model) == ["m:latest", "other:latest"] && work.map(\.waiting) == [3, 1])
            let first = try await bench.batches.claim(batch.id, model: "m:latest", atMost: 2)
            #expect(first.map(\.customID) == ["a", "c"] && first.map(\.line) == [1, 3])
            #expect(String(decoding: first[0].body, as: UTF8.self) == #"{"model": "m", "n": "a"}"#)
            #expect(try await bench.batches.batch(batch.id)?.running == 2)
            let rest = try await bench.batches.claim(batch.id, model: "m:latest", atMost: 9)
            #expect(rest.map(\.customID) == ["d"])
            let other = try await bench.batches.claim(batch.id, model: "other:latest", atMost: 9)
            #expect(try await bench.batches.work(atMost: 10).isEmpty)
            // Backwards, one of them with an error.
            let now = StoreBench.start
            #expect(try await bench.batches.record(rest.map { StoreBench.result($0) }, at: now).isEmpty)
            #expect(try await bench.batches.record(other.map { StoreBench.result($0, status: 400) }, at: now).isEmpty)
            let part = try await bench.now(batch.id)
            #expect(Self.ids(try await bench.lines(of: part.outputFile)) == ["d"])
            let results = first.reversed().map { StoreBench.result($0) }
            #expect(try await bench.batches.record(results, at: now) == [batch.id])
            let end = try await bench.now(batch.id)
            #expect(end.status == .completed && end.running == 0 && end.usage.input == 8)
            #expect(end.counts == BatchCounts(total: 4, completed: 3, failed: 1))
            #expect(Self.ids(try await bench.lines(of: end.outputFile)) == ["a", "c", "d"])
            #expect(Self.ids(try await bench.lines(of: end.errorFile)) == ["b"])
            let output = try #require(end.outputFile)
            let file = try await bench.files.file(output)
            #expect(file?.purpose == .batchOutput && file?.filename == "\(batch.id)_output.jsonl")
            let text = try await bench.text(of: output)
            #expect(file?.bytes == text.map { Int64($0.utf8.count) })
            #expect(try await bench.batches.unannounced(atMost: 5).map(\.id) == [batch.id])
            try await bench.batches.noteAnnounced(batch.id)
            #expect(try await bench.batches.unannounced(atMost: 5).isEmpty)
        }
    }

    @Test("No item has two outcomes, whatever is said of it")
    func oneOutcome() async throws {
        try await StoreBench.with { bench in
            let batch = try await bench.running([StoreBench.line("a"), StoreBench.line("b")])
            let items = try await bench.batches.claim(batch.id, model: "m:latest", atMost: 1)
            let twice = [StoreBench.result(items[0]), StoreBench.result(items[0], status: 500)]
            _ = try await bench.batches.record(twice, at: StoreBench.start)
            _ = try await bench.batches.record(twice, at: StoreBench.start)
            try await bench.batches.release(items.map(\.id))
            let now = try await bench.now(batch.id)
            #expect(now.counts == BatchCounts(total: 2, completed: 1, failed: 0) && now.running == 0)
            #expect(Self.ids(try await bench.lines(of: now.outputFile)) == ["a"] && now.errorFile == nil)
        }
    }

    @Test("What was given back, or was claimed by a process that is gone, is claimed again at its place")
    func again() async throws {
        try await StoreBench.with { bench in
            let batch = try await bench.running(["a", "b", "c"].map { StoreBench.line($0) })
            let items = try await bench.batches.claim(batch.id, model: "m:latest", atMost: 2)
            try await bench.batches.release([items[0].id])
            #expect(try await bench.batches.claim(batch.id, model: "m:latest", atMost: 1).map(\.customID) == ["a"])
            let later = try StoreBench(bench.directory)
            try await later.batches.recover(at: StoreBench.start)
            #expect(try await later.batches.work(atMost: 5).map(\.waiting) == [3])
            #expect(try await later.now(batch.id).running == 0)
            let all = try await later.batches.claim(batch.id, model: "m:latest", atMost: 9)
            #expect(all.map(\.customID) == ["a", "b", "c"])
        }
    }

    @Test("A file with faults fails its batch, with the lines of all of them, and leaves no items")
    func faultyFile() async throws {
        try await StoreBench.with { bench in
            let lines = (0..<7).map { StoreBench.line($0 == 4 ? "1" : "\($0)") } + ["x", StoreBench.line("9")]
            let batch = try await bench.running(lines)
            #expect(batch.status == .failed && batch.counts.total == 0 && batch.endedAt != nil)
            #expect(batch.errors.map(\.code).contains(.invalidJSONLine), "\(batch.errors)")
            let twins = try await bench.running(["a", "b", "a", "c", "b"].map { StoreBench.line($0) })
            #expect(twins.errors.map(\.code) == [.duplicateCustomID, .duplicateCustomID])
            #expect(twins.errors.map(\.line) == [3, 5] && twins.errors[0].param == "custom_id")
            #expect(try await bench.batches.work(atMost: 5).isEmpty)
            let items = try await bench.database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM batch_items") }
            #expect(items == 0)
        }
    }

    @Test("A batch goes on when its file is deleted; the content goes when it ends")
    func deletedFile() async throws {
        try await StoreBench.with { bench in
            let batch = try await bench.add([StoreBench.line("a"), StoreBench.line("b")])
            #expect(try await bench.files.remove(batch.inputFile))
            _ = try await bench.keeper().pass()
            let items = try await bench.batches.claim(batch.id, model: "m:latest", atMost: 9)
            #expect(items.map(\.customID) == ["a", "b"])
            #expect(try bench.contentNames.count == 1)
            let ended = try await bench.batches.record(items.map { StoreBench.result($0) }, at: StoreBench.start)
            #expect(ended == [batch.id])
            #expect(try bench.contentNames.isEmpty)
        }
    }

    @Test("Items whose content somebody took away fail, each with a line")
    func lostContent() async throws {
        try await StoreBench.with { bench in
            let batch = try await bench.running([StoreBench.line("a"), StoreBench.line("b")])
            let name = try #require(try bench.contentNames.first)
            try FileManager.default.removeItem(atPath: "\(bench.contents.path)/\(name)")
            #expect(try await bench.batches.claim(batch.id, model: "m:latest", atMost: 9).isEmpty)
            let end = try await bench.now(batch.id)
            #expect(end.status == .completed && end.counts.failed == 2)
            let line = try #require(try await bench.lines(of: end.errorFile).first)
            #expect(line["error"]?.object?["code"] == .string("input_lost"))
            // One whose file has not been read yet fails as a whole.
            let file = try await bench.upload(StoreBench.line("c"))
            let other = try await bench.add(file)
            for name in try bench.contentNames {
                try FileManager.default.removeItem(atPath: "\(bench.contents.path)/\(name)")
            }
            _ = try await bench.keeper().pass()
            #expect(try await bench.now(other.id).errors.map(\.code) == [.unreadableFile])
        }
    }

    @Test("What has not run when the window ends is listed as expired; what runs then keeps its answer")
    func expiry() async throws {
        try await StoreBench.with { bench in
            let batch = try await bench.running((0..<6).map { StoreBench.line("\($0)") }, window: "1h")
            let items = try await bench.batches.claim(batch.id, model: "m:latest", atMost: 1)
            #expect(try await bench.batches.nextDeadline() == StoreBench.start.addingTimeInterval(3600))
            let late = bench.keeper(FixedClock(StoreBench.start.addingTimeInterval(3600)))
            #expect(try await late.pass())
            #expect(try await bench.now(batch.id).status == .finalizing)
            #expect(try await bench.batches.claim(batch.id, model: "m:latest", atMost: 1).isEmpty)
            #expect(try await bench.batches.record([StoreBench.result(items[0])], at: StoreBench.start) == [batch.id])
            let end = try await bench.now(batch.id)
            #expect(end.status == .expired && end.counts == BatchCounts(total: 6, completed: 1, failed: 5))
            let lines = try await bench.lines(of: end.errorFile)
            #expect(Self.ids(lines) == ["1", "2", "3", "4", "5"])
            #expect(lines.allSatisfy { $0["error"]?.object?["code"] == .string("batch_expired") })
            #expect(try await !late.pass())
        }
    }

    @Test("A cancelled batch ends when what runs is given back or has ended")
    func cancel() async throws {
        try await StoreBench.with { bench in
            let batch = try await bench.running((0..<5).map { StoreBench.line("\($0)") })
            let items = try await bench.batches.claim(batch.id, model: "m:latest", atMost: 2)
            _ = try await bench.batches.change(batch.id) { try $0.cancel(at: StoreBench.start) }
            _ = try await bench.keeper().pass()
            #expect(try await bench.now(batch.id).status == .cancelling)
            _ = try await bench.batches.record([StoreBench.result(items[1])], at: StoreBench.start)
            try await bench.batches.release([items[0].id])
            _ = try await bench.keeper().pass()
            #expect(bench.metrics.count(.batchItemsEnded, "unanswered") == 4)
            let end = try await bench.now(batch.id)
            #expect(end.status == .cancelled && end.counts == BatchCounts(total: 5, completed: 1, failed: 4))
            #expect(Self.ids(try await bench.lines(of: end.errorFile)) == ["0", "2", "3", "4"])
        }
    }

    @Test("Paused batches have no work, and batches come by deadline and then by age")
    func order() async throws {
        try await StoreBench.with { bench in
            let late = try await bench.running([StoreBench.line("a")], window: "48h")
            let soon = try await bench.running([StoreBench.line("b")], project: "other", window: "1h")
            let next = try await bench.running([StoreBench.line("c")])
            #expect(try await bench.batches.work(atMost: 5).map(\.batch) == [soon.id, next.id, late.id])
            #expect(try await bench.batches.work(atMost: 1).map(\.batch) == [soon.id])
            _ = try await bench.batches.change(soon.id) { try $0.pause(at: StoreBench.start) }
            #expect(try await bench.batches.work(atMost: 5).map(\.batch) == [next.id, late.id])
            #expect(try await bench.batches.claim(soon.id, model: "m:latest", atMost: 1).isEmpty)
            _ = try await bench.batches.change(soon.id) { try $0.resume(at: StoreBench.start) }
            #expect(try await bench.batches.claim(soon.id, model: "m:latest", atMost: 1).count == 1)
        }
    }

    @Test("The backlog is what has not ended: batches by status, items that wait and items that run")
    func backlog() async throws {
        try await StoreBench.with { bench in
            #expect(try await bench.batches.backlog() == BatchBacklog())
            let first = try await bench.running((0..<5).map { StoreBench.line("\($0)") })
            let paused = try await bench.running((0..<3).map { StoreBench.line("\($0)") })
            _ = try await bench.add([StoreBench.line("unread")])
            let items = try await bench.batches.claim(first.id, model: "m:latest", atMost: 2)
            _ = try await bench.batches.change(paused.id) { try $0.pause(at: StoreBench.start) }
            _ = try await bench.batches.record([StoreBench.result(items[0])], at: StoreBench.start)
            let backlog = BatchBacklog(
                batches: [.inProgress: 1, .validating: 1],
                paused: 1,
                waitingItems: 6,
                runningItems: 1
            )
            #expect(try await bench.batches.backlog() == backlog)
            let readings = await BatchReadings(store: bench.batches).readings
            func value(_ metric: Metric, _ label: String) -> Double? {
                readings.first { $0.metric == metric && $0.labels.first?.value == label }?.value
            }
            #expect(value(.batches, "in_progress") == 1 && value(.batches, "paused") == 1)
            #expect(value(.batches, "finalizing") == 0 && value(.batches, "completed") == nil)
            #expect(value(.batchItems, "waiting") == 6 && value(.batchItems, "running") == 1)
        }
    }

    @Test("A file that a batch still writes cannot be deleted; afterwards it can, and its lines are gone")
    func outputFile() async throws {
        try await StoreBench.with { bench in
            let batch = try await bench.running((0..<5).map { StoreBench.line("\($0)") })
            let items = try await bench.batches.claim(batch.id, model: "m:latest", atMost: 9)
            _ = try await bench.batches.record([StoreBench.result(items[0])], at: StoreBench.start)
            let output = try #require(try await bench.now(batch.id).outputFile)
            let error = await #expect(throws: ServiceError.self) { try await bench.files.remove(output) }
            #expect(error?.code == .conflict)
            _ = try await bench.batches.record(items.map { StoreBench.result($0) }, at: StoreBench.start)
            #expect(try await bench.files.remove(output))
            #expect(try await bench.files.content(of: output) == nil)
            let lines = try await bench.database.read {
                try Int.fetchOne($0, sql: "SELECT count(*) FROM batch_results")
            }
            #expect(lines == 0)
        }
    }

    @Test("A project has no more open batches than it may have")
    func openBatches() async throws {
        try await StoreBench.with { bench in
            let file = try await bench.upload(StoreBench.line("a"))
            let batch = try await bench.add(file)
            let more = Batch(
                id: BatchID(generated: "more"),
                project: file.project,
                endpoint: .chatCompletions,
                inputFile: file.id,
                window: batch.window,
                createdAt: StoreBench.start
            )
            let error = await #expect(throws: ServiceError.self) { try await bench.batches.add(more, atMost: 1) }
            #expect(error?.code == .quotaExceeded)
            _ = try await bench.batches.change(batch.id) { try $0.cancel(at: StoreBench.start) }
            try await bench.batches.add(more, atMost: 1)
        }
    }

    @Test("Old batches are removed with all that they have, piece by piece")
    func retention() async throws {
        try await StoreBench.with { bench in
            let batch = try await bench.running((0..<5).map { StoreBench.line("\($0)") })
            let items = try await bench.batches.claim(batch.id, model: "m:latest", atMost: 9)
            _ = try await bench.batches.record(items.map { StoreBench.result($0) }, at: StoreBench.start)
            _ = try await bench.keeper(FixedClock(StoreBench.start.addingTimeInterval(86_400))).pass()
            #expect(try await bench.batches.batch(batch.id) != nil)
            _ = try await bench.keeper(FixedClock(StoreBench.start.addingTimeInterval(86_402))).pass()
            #expect(try await bench.batches.batch(batch.id) == nil)
            for table in ["batches", "batch_items", "batch_models", "batch_results"] {
                let rows = try await bench.database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") }
                #expect(rows == 0, "\(table)")
            }
        }
    }

    @Test("Half of a file that was read when the service was killed is not there twice")
    func killedWhileReading() async throws {
        try await StoreBench.with { bench in
            let batch = try await bench.add(["a", "b", "c"].map { StoreBench.line($0) })
            let half = [BatchLine(line: 1, customID: "a", model: "m:latest", offset: 0, length: 2)]
            #expect(try await bench.batches.add(half, to: batch.id) == [])
            let later = try StoreBench(bench.directory)
            try await later.keeper().recover()
            _ = try await later.keeper().pass()
            let now = try await later.now(batch.id)
            #expect(now.status == .inProgress && now.counts.total == 3)
            #expect(try await later.batches.claim(batch.id, model: "m:latest", atMost: 9).count == 3)
            #expect(try await later.batches.add(half, to: batch.id) == nil)
        }
    }

    @Test("A large batch is read in pieces, claimed in order, and each item is recorded once, to the end")
    func large() async throws {
        try await StoreBench.with { bench in
            let count = 2000
            let batch = try await bench.add((0..<count).map { StoreBench.line("r\($0)") })
            _ = try await bench.keeper(piece: 1000).pass()
            var claimed: [String] = []
            while claimed.count < count {
                let items = try await bench.batches.claim(batch.id, model: "m:latest", atMost: 8)
                try #require(!items.isEmpty)
                for item in items {
                    _ = try await bench.batches.record([StoreBench.result(item)], at: StoreBench.start)
                }
                claimed += items.map(\.customID)
            }
            #expect(claimed == (0..<count).map { "r\($0)" })
            let now = try await bench.now(batch.id)
            #expect(now.status == .completed && now.counts.completed == count)
        }
    }
}
