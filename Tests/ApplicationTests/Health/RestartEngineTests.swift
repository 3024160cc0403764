import Domain
import Synchronization
import TestSupport
import Testing

@testable import Application

@Suite("Restarting an engine on purpose")
struct RestartEngineTests {
    /// How many requests run; a test decides.
    private final class Load: Sendable {
        private let count: Mutex<Int>

        init(_ count: Int) { self.count = Mutex(count) }

        var running: Int {
            get { self.count.withLock { $0 } }
            set { self.count.withLock { $0 = newValue } }
        }
    }

    /// A process manager whose engine is another process after a restart.
    private final class Processes: EngineProcesses {
        private let state = Mutex<(pid: Int32, running: [Int])>((100, []))
        private let load: Load

        init(_ load: Load) { self.load = load }

        /// How many requests ran at each restart.
        var restarts: [Int] { self.state.withLock { $0.running } }

        func report(on engine: EngineName) -> EngineProcessReport? {
            guard engine == EngineName("local") else { return nil }
            let pid = self.state.withLock { $0.pid }
            return EngineProcessReport(pid: pid, startedAt: nil, restarts: 0, lastError: nil)
        }

        func restart(_ engine: EngineName) -> Bool {
            let count = self.load.running
            self.state.withLock {
                $0.pid += 1
                $0.running.append(count)
            }
            return true
        }
    }

    private struct World: Sendable {
        let clock = ManualClock()
        let load: Load
        let directory: EngineDirectory
        let processes: Processes
        let restarting: RestartEngineUseCase

        init(running: Int) {
            let load = Load(running)
            self.load = load
            self.directory = EngineDirectory(clock: self.clock) { _ in }
            self.directory.register(ScriptedEngine(isManaged: true))
            self.directory.register(ScriptedEngine(name: "foreign"))
            self.processes = Processes(load)
            self.restarting = RestartEngineUseCase(
                directory: self.directory,
                processes: self.processes,
                running: { _ in load.running },
                clock: self.clock,
                patience: .seconds(30)
            )
        }

        var state: EngineState? { self.directory.engine(EngineName("local"))?.state }

        /// Restarts the engine while the body looks on.
        func restart(_ body: @escaping @Sendable () async throws -> Void) async throws -> RestartEngineUseCase.Restarted
        {
            try await withThrowingTaskGroup(of: RestartEngineUseCase.Restarted?.self) { group in
                group.addTask { try await self.restarting.restart(EngineName("local")) }
                group.addTask {
                    try await body()
                    return nil
                }
                var result: RestartEngineUseCase.Restarted?
                for try await one in group where one != nil { result = one }
                return try #require(result)
            }
        }
    }

    @Test("The engine gets nothing new, finishes what it runs, and is started anew only then")
    func drains() async throws {
        let world = World(running: 2)
        let restarted = try await world.restart {
            await world.clock.untilSleeping(1)
            #expect(world.state == .draining)
            #expect(world.processes.restarts.isEmpty)
            world.load.running = 0
            world.clock.advance(by: .seconds(1))
        }
        #expect(restarted.isDrained && restarted.waited == .seconds(1))
        #expect(world.processes.restarts == [0])
        #expect(world.state == .unknown, "it is asked anew before it gets requests")
    }

    @Test("Requests that do not end in time are cut")
    func impatient() async throws {
        let world = World(running: 1)
        let restarted = try await world.restart {
            await world.clock.untilSleeping(1)
            world.clock.advance(by: .seconds(31))
        }
        #expect(!restarted.isDrained)
        #expect(world.processes.restarts == [1])
    }

    @Test("A second restart meanwhile is refused")
    func twice() async throws {
        let world = World(running: 1)
        _ = try await world.restart {
            await world.clock.untilSleeping(1)
            let error = await #expect(throws: ServiceError.self) {
                try await world.restarting.restart(EngineName("local"))
            }
            #expect(error?.code == .conflict)
            world.load.running = 0
            world.clock.advance(by: .seconds(1))
        }
        #expect(world.processes.restarts == [0])
    }

    @Test("Whoever leaves before the engine is idle leaves it as it was")
    func leaves() async throws {
        let world = World(running: 1)
        let task = Task { try await world.restarting.restart(EngineName("local")) }
        await world.clock.untilSleeping(1)
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
        #expect(world.processes.restarts.isEmpty)
        #expect(world.state == .unknown)
    }

    @Test("Only engines of ours are restarted")
    func foreign() async throws {
        let world = World(running: 0)
        let foreign = await #expect(throws: ServiceError.self) {
            try await world.restarting.restart(EngineName("foreign"))
        }
        #expect(foreign?.code == .notSupportedByEngine)
        let absent = await #expect(throws: ServiceError.self) { try await world.restarting.restart(EngineName("no")) }
        #expect(absent?.code == .notFound)
    }
}
