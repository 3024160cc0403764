import Foundation
import OllamaTestDouble
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Durable batches in a service that is killed", .heavy)
    struct KilledBatches {
        @Test("loses no item and does none twice")
        func short() async throws {
            try await Self.run(items: 300, kills: 3)
        }

        @Suite("10,000 items and ten kills", .enabled(if: LongRun.isWanted), .heavy)
        struct BatchKillLongTests {
            @Test("loses no item and does none twice")
            func long() async throws {
                try await KilledBatches.run(items: 10_000, kills: 10)
            }
        }

        /// Runs a batch in services that are killed at random moments, each of which starts where the last was killed.
        static func run(items: Int, kills: Int) async throws {
            let seed = UInt64.random(in: 0...UInt64.max)
            var random = SeededRandom(seed: seed)
            print("seed of the kills: \(seed)")
            var configuration = OllamaTestDouble.Configuration()
            configuration.parallel = 8
            configuration.profile = .init(tokenPace: .milliseconds(1), tokenCount: 3)
            let engine = try await OllamaTestDouble.start(configuration: configuration)
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            let settings = ServiceUnderTest.Settings(
                environment: ["ENGINES_0_URL": engine.url, "ENGINES_0_PARALLEL": "8"],
                dataDirectory: directory.path
            )
            var id = ""
            for round in 0...kills {
                try await ServiceUnderTest.run(settings) { service in
                    let calls = BatchCalls(client: service.client)
                    if round == 0 { id = try await calls.batch((0..<items).map { BatchCalls.line("r\($0)") }) }
                    guard round < kills else { return try await Self.check(id, items, calls) }
                    // Somewhere within its share of the work, reading the file included.
                    let share = Double(items) * Double(round + 1) / Double(kills + 1)
                    let goal = Double.random(in: 0...share, using: &random)
                    try await eventually("\(Int(goal)) items are done", within: .seconds(600)) {
                        let counts = try await calls.get("/v1/batches/\(id)").json?["request_counts"]
                        return (counts?["completed"]?.number ?? 0) >= goal
                    }
                    await service.process.kill()
                }
            }
            // What was on its way when the service was killed ran again, and nothing else.
            let requests = engine.counts.requests("POST /api/chat")
            #expect(requests >= items && requests <= items + kills * 2 * 8 + 1, "\(requests)")
            await engine.stop()
        }

        private static func check(_ id: String, _ items: Int, _ calls: BatchCalls) async throws {
            let batch = try await calls.wait(for: id, until: BatchCalls.ends, within: .seconds(1200))
            #expect(batch["status"] == "completed", "\(batch)")
            let output = try await calls.lines(of: batch["output_file_id"])
            let errors = try await calls.lines(of: batch["error_file_id"])
            let counts = batch["request_counts"]
            #expect(counts?["total"] == .number(Double(items)))
            #expect(counts?["completed"] == .number(Double(output.count)))
            #expect(counts?["failed"] == .number(Double(errors.count)))
            let ids = (output + errors).compactMap { $0["custom_id"]?.string }
            #expect(ids.count == items && Set(ids) == Set((0..<items).map { "r\($0)" }))
        }
    }
}
