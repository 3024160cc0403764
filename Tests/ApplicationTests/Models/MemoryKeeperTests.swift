import Domain
import Synchronization
import TestSupport
import Testing

@testable import Application

@Suite("Keeping an engine's memory in order")
struct MemoryKeeperTests {
    private struct Free: FreeMemoryReading {
        let part: Double?

        func availablePart() -> Double? { self.part }
    }

    /// An engine with two models in memory of which one's time is over, at a clock that stands at 1970.
    private func report() throws -> EngineReport {
        var report = try Bench.report(["a", "bb"])
        report.loaded = [
            LoadedModel(name: try ModelName("a"), expiresAt: "1969-12-31T23:00:00Z"),
            LoadedModel(name: try ModelName("bb"), expiresAt: "2319-03-03T01:55:07.221740223Z"),
        ]
        return report
    }

    private func unloaded(
        isManaged: Bool = true,
        free: Double? = nil,
        running: String? = nil,
        pinned: String? = nil,
        after seconds: Int = 0
    ) async throws -> [String] {
        let engine = ScriptedEngine(isManaged: isManaged)
        engine.answers(try self.report())
        let bench = Bench([engine])
        return try await bench.whileMonitoring {
            await bench.monitor.refresh()
            let memory = ModelMemoryUseCase(
                resolver: ModelResolver(
                    directory: bench.directory,
                    monitor: bench.monitor,
                    defaults: ModelDefaults()
                ),
                directory: bench.directory,
                admission: bench.admission,
                mover: ModelLoader(directory: bench.directory),
                running: { model, _ in model.spelling == running ? 1 : 0 }
            )
            let keeper = MemoryKeeper(
                directory: bench.directory,
                memory: memory,
                running: { model, _ in model.spelling == running ? 1 : 0 },
                free: Free(part: free),
                clock: bench.clock,
                interval: .seconds(10)
            )
            if let pinned { try bench.directory.pin(ModelName(pinned), on: engine.identity.name) }
            await keeper.look()
            if seconds > 0 {
                bench.clock.advance(by: .seconds(seconds))
                await keeper.look()
            }
            return engine.unloads.map(\.model)
        }
    }

    @Test("Predecessor 5: with two models loaded, only the one whose time is over is unloaded")
    func overdue() async throws {
        #expect(try await self.unloaded() == ["a"])
    }

    @Test("What is in use or pinned stays, and so does all that is at an engine that is not ours")
    func stays() async throws {
        #expect(try await self.unloaded(running: "a") == [])
        #expect(try await self.unloaded(pinned: "a") == [])
        #expect(try await self.unloaded(isManaged: false) == [])
    }

    @Test("Where the machine has hardly any memory left, an idle model goes before its time")
    func shortage() async throws {
        #expect(try await self.unloaded(free: 0.02, after: 60) == ["a", "bb"])
        #expect(try await self.unloaded(free: 0.5, after: 60) == ["a"])
    }
}
