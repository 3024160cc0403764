import Domain
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Application

@Suite("Trying out how an engine is started")
struct TrialSeriesTests {
    /// A clock that goes on each time somebody looks at it.
    private final class TickingClock: ServiceClock {
        private let state = Mutex((now: MonotonicInstant(nanoseconds: 0), tick: Duration.milliseconds(1)))

        var now: MonotonicInstant {
            self.state.withLock { state in
                state.now = state.now.advanced(by: state.tick)
                return state.now
            }
        }
        var wallTime: Date { Date(timeIntervalSince1970: 0) }

        func sleep(for duration: Duration) async throws {}

        func tick(_ tick: Duration) { self.state.withLock { $0.tick = tick } }
    }

    /// Engines whose pace is in their settings, one value a start.
    private final class Engines: TrialEngines {
        private struct Engine: TrialEngine {
            let client: any EngineClient
            let startTime = Duration.seconds(1)

            func memoryBytes() async -> Int? { 1000 }
        }

        let clock = TickingClock()
        let starts = Shared<[TrialSetting]>([])
        let isRunning = Shared(false)
        private let ticks: [String: [Int]]

        /// `ticks`: by a setting's label, the clock's step at each start, the last for all that follow; 0 does not start.
        init(_ ticks: [String: [Int]]) {
            self.ticks = ticks
        }

        func withEngine<Value: Sendable>(
            _ setting: TrialSetting,
            _ body: nonisolated(nonsending) @Sendable (any TrialEngine) async throws -> Value
        ) async throws -> Value {
            let ticks = self.ticks[setting.label] ?? [1]
            let index = self.starts.change { starts in
                starts.append(setting)
                return starts.count { $0 == setting } - 1
            }
            let tick = ticks[min(index, ticks.count - 1)]
            guard tick > 0 else { throw ServiceError(.engineUnavailable, "It does not start.") }
            self.clock.tick(.milliseconds(tick))
            self.isRunning.change { $0 = true }
            defer { self.isRunning.change { $0 = false } }
            let engine = ScriptedEngine(
                isManaged: true,
                script: [.event(.text(JSONText("a"))), .event(.text(JSONText("b")))]
            )
            return try await body(Engine(client: engine))
        }
    }

    private static let slow = TrialSetting(parallel: 2)
    private static let fast = TrialSetting(changes: ["FLASH": "1"], parallel: 2)

    private func run(_ ticks: [String: [Int]], rounds: Int = 3) async throws -> (TrialResults, Engines) {
        let engines = Engines(ticks)
        let series = TrialSeries(
            settings: [Self.slow, Self.fast],
            models: [try ModelName("a")],
            rounds: rounds,
            tokens: 8,
            engines: engines,
            clock: engines.clock,
            ids: CountedIDs()
        )
        return (try await series.run(), engines)
    }

    @Test("What writes more in its worst round than the present way in its best is the best, and by how much")
    func better() async throws {
        let (results, engines) = try await self.run(["as it is": [10, 11, 10], "FLASH=1": [5, 5, 6]])
        #expect(results.best == Self.fast)
        #expect(results.gain > 1.8 && results.gain < 2.2, "\(results.gain)")
        #expect(engines.starts.value == [Self.slow, Self.fast, Self.slow, Self.fast, Self.slow, Self.fast])
        let model = try ModelName("a")
        let load = try #require(results.spread(of: model, at: Self.fast) { $0.load / .seconds(1) })
        #expect(load.median > 1 && load.least <= load.median && load.median <= load.most)
        #expect(results.spread(of: model, at: Self.fast) { $0.rates[1] } != nil)
    }

    @Test("What is better only within the noise is not")
    func noise() async throws {
        let (results, _) = try await self.run(["as it is": [10, 6, 10], "FLASH=1": [8, 8, 8]])
        #expect(results.best == Self.slow && results.gain == 1)
    }

    @Test(
        "A way that does not start is out and says why; if the present one does not, there is nothing to compare with"
    )
    func failures() async throws {
        let (results, engines) = try await self.run(["FLASH=1": [0]])
        #expect(results.failures[Self.fast] == "It does not start.")
        #expect(results.best == Self.slow)
        #expect(engines.starts.value.count { $0 == Self.fast } == 1)
        await #expect(throws: ServiceError.self) { _ = try await self.run(["as it is": [0]]) }
    }

    @Test("Whoever interrupts it leaves no engine running")
    func interrupted() async throws {
        let engines = Engines([:])
        let series = TrialSeries(
            settings: [Self.slow],
            models: [try ModelName("a")],
            rounds: 1000,
            tokens: 8,
            engines: engines,
            clock: engines.clock,
            ids: CountedIDs()
        )
        let task = Task {
            try await series.run { progress in
                if progress.done == 3 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        await #expect(throws: CancellationError.self) { _ = try await task.value }
        #expect(engines.starts.value.count <= 4 && !engines.isRunning.value)
    }

    @Test(
        "As many at once are measured as 1, 2, 4 and the most",
        arguments: [(1, [1]), (2, [1, 2]), (6, [1, 2, 4, 6])]
    )
    func levels(most: Int, levels: [Int]) {
        #expect(TrialMeter.levels(upTo: most) == levels)
    }
}
