import Domain
import Synchronization
import TestSupport
import Testing

@testable import Application

@Suite("Repairing wedged engines")
struct EngineWatchTests {
    /// A process manager that writes down what it was asked for.
    private final class Processes: EngineProcesses {
        private let pid: Mutex<Int32?>
        private let restarted = Mutex(0)

        var restarts: Int { self.restarted.withLock { $0 } }

        init(_ pid: Int32?) { self.pid = Mutex(pid) }

        func report(on engine: EngineName) -> EngineProcessReport? {
            self.pid.withLock { $0 }
                .map { EngineProcessReport(pid: $0, startedAt: nil, restarts: 0, lastError: nil) }
        }

        func restart(_ engine: EngineName) -> Bool {
            self.restarted.withLock { $0 += 1 }
            return self.pid.withLock { pid in
                pid = pid.map { $0 + 1 }
                return pid != nil
            }
        }
    }

    private struct Ids: IDGenerator {
        func next() -> String { "0123456789abcdef0123456789abcdef" }
    }

    /// A directory with one engine and a watch over it, in virtual time.
    private final class World: Sendable {
        let clock = ManualClock()
        let listener = Listener()
        let engine: ScriptedEngine
        let directory: EngineDirectory
        let processes: Processes
        let name = EngineName("local")
        let report: EngineReport
        private let heard = Mutex<[WatchdogEvent]>([])

        init(isManaged: Bool, loaded: [String]) throws {
            self.engine = ScriptedEngine(isManaged: isManaged, script: Bench.answer())
            self.directory = self.listener.directory(self.clock)
            self.directory.register(self.engine)
            self.processes = Processes(isManaged ? 100 : nil)
            var report = try Bench.report(["a", "b"])
            report.loaded = try loaded.map { LoadedModel(name: try ModelName($0)) }
            self.report = report
            self.probe()
        }

        var events: [WatchdogEvent] { self.heard.withLock { $0 } }

        func probe() {
            self.directory.update(
                self.name,
                with: .success(self.report),
                since: self.directory.mark(of: self.name)
            )
        }

        /// Runs the body beside the watch.
        func watching(_ body: @Sendable () async throws -> Void) async throws {
            let watch = EngineWatch(
                directory: self.directory,
                settings: WatchdogSettings(),
                processes: self.processes,
                clock: self.clock,
                ids: Ids(),
                interval: .seconds(2),
                observer: { event in self.heard.withLock { $0.append(event) } }
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await watch.run() }
                defer { group.cancelAll() }
                try await body()
            }
        }

        /// Lets seconds pass, two at a time, with the monitor's probes.
        func pass(_ seconds: Int) async {
            for _ in 0..<(seconds / 2) {
                await self.clock.untilSleeping(1)
                for _ in 0..<20 { await Task.yield() }
                self.clock.advance(by: .seconds(2))
                self.probe()
                for _ in 0..<20 { await Task.yield() }
            }
        }

        /// Lets time pass until something is so; at most so many seconds.
        func pass(atMost seconds: Int, until condition: () -> Bool) async -> Bool {
            for _ in 0..<(seconds / 2) {
                if condition() { return true }
                await self.pass(2)
            }
            return condition()
        }
    }

    @Test("A load that hangs ends when the engine is found wedged; one that we run is started again and taken back")
    func managed() async throws {
        let world = try World(isManaged: true, loaded: [])
        world.engine.hangsLoads(true)
        try await world.watching {
            try await withThrowingTaskGroup(of: ServiceError?.self) { group in
                let a = try ModelName("a")
                group.addTask { await ModelLoader(directory: world.directory).load(a, as: a, on: world.name) }
                await world.pass(116)
                #expect(world.events.isEmpty && world.processes.restarts == 0)
                let isRepaired = await world.pass(atMost: 20) {
                    world.events.contains(.repaired(world.name))
                }
                #expect(isRepaired)
                #expect(
                    world.events == [
                        .wedged(world.name, model: a, onlyLoads: false), .restarted(world.name),
                        .repaired(world.name),
                    ]
                )
                #expect(world.processes.restarts == 1)
                #expect(try await group.next() == .some(.engineWedged))
                await world.pass(2)
                #expect(world.directory.engine(world.name)?.state == .up)
                // It is not the model's fault.
                #expect(world.directory.refusal(of: a) == nil)
            }
        }
    }

    @Test("An engine that we do not run gets nothing until the model that hung answers again")
    func unmanaged() async throws {
        let world = try World(isManaged: false, loaded: ["a"])
        world.engine.script([.hang])
        let a = try ModelName("a")
        let attempt = try world.directory.begin(a, on: world.name)
        let cancelled = Mutex<ServiceError?>(nil)
        attempt.onCancel { error in cancelled.withLock { $0 = error } }
        try await world.watching {
            #expect(
                await world.pass(atMost: 160) {
                    world.events == [.wedged(world.name, model: a, onlyLoads: false)]
                }
            )
            #expect(cancelled.withLock { $0 } == .engineWedged)
            #expect(world.directory.engine(world.name)?.reason == "engine_wedged")
            #expect(world.directory.engines(having: a).isEmpty)
            await world.pass(300)
            #expect(world.events.count == 1 && world.processes.restarts == 0)
            world.engine.script(Bench.answer())
            #expect(await world.pass(atMost: 200) { world.events.last == .repaired(world.name) })
            await world.pass(2)
            #expect(world.directory.engine(world.name)?.state == .up)
        }
    }

    @Test("If the loaded model answers, only the loads are wedged; the model that hung has to answer before it is over")
    func onlyLoads() async throws {
        let world = try World(isManaged: false, loaded: ["b"])
        let a = try ModelName("a")
        let attempt = try world.directory.begin(a, on: world.name)
        attempt.onCancel { _ in }
        try await world.watching {
            #expect(
                await world.pass(atMost: 160) {
                    world.events.first == .wedged(world.name, model: a, onlyLoads: true)
                }
            )
            #expect(await world.pass(atMost: 20) { world.events.last == .repaired(world.name) })
        }
    }

    @Test("A model that only takes long for one request, and answers another, is left alone")
    func falseAlarm() async throws {
        let world = try World(isManaged: true, loaded: ["a"])
        let attempt = try world.directory.begin(ModelName("a"), on: world.name)
        attempt.onCancel { _ in Issue.record("the request was ended") }
        try await world.watching {
            await world.pass(600)
            #expect(world.events.isEmpty && world.processes.restarts == 0)
            #expect(!world.engine.opened.isEmpty)
        }
    }

    @Test("An engine that answers somebody is not asked, and is started again only when that is over")
    func answering() async throws {
        let world = try World(isManaged: true, loaded: ["b"])
        let (a, b) = (try ModelName("a"), try ModelName("b"))
        let hung = try world.directory.begin(a, on: world.name)
        let stream = try world.directory.begin(b, on: world.name)
        try await world.watching {
            for _ in 0..<70 {
                stream.answered()
                await world.pass(2)
            }
            #expect(world.events == [.wedged(world.name, model: a, onlyLoads: true)])
            #expect(world.engine.opened.isEmpty && world.processes.restarts == 0)
            stream.succeeded()
            #expect(await world.pass(atMost: 30) { world.processes.restarts == 1 })
        }
        hung.failed(.engineWedged)
    }
}
