import Application
import Domain
import TestSupport
import Testing

@Suite("The admission")
struct SchedulerAdmissionTests {
    private static let engine = EngineName("local")
    private static let other = EngineName("other")

    private let clock = ManualClock()

    private func admission(queue: Int = 10, bytes: Int = 1000, maxConcurrent: Int? = nil) throws -> SchedulerAdmission {
        var settings = SchedulerSettings()
        settings.chat = .init(maxConcurrent: maxConcurrent, maxQueueSize: queue, timeout: .seconds(120))
        settings.maxWaitingBytes = bytes
        let admission = SchedulerAdmission(settings: settings, clock: self.clock)
        admission.apply(.up(Self.engine, EngineCapacity(), loaded: [try ModelName("m")]))
        return admission
    }

    private func ticket(
        _ id: Int,
        engines: [EngineName] = [engine],
        model: String = "m",
        bytes: Int = 1,
        deadline: MonotonicInstant? = nil
    ) throws -> Ticket {
        Ticket(
            requestID: RequestID(generated: "r\(id)"),
            project: Project(name: .default),
            model: try ModelName(model),
            engines: engines,
            waitingBytes: bytes,
            deadline: deadline
        )
    }

    /// Runs the body while time passes for the admission.
    private func whileRunning<Result: Sendable>(
        _ admission: SchedulerAdmission,
        loader: ScriptedLoader? = nil,
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await admission.run(loader: loader ?? ScriptedLoader(admission)) }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    private func untilWaiting(_ count: Int, in admission: SchedulerAdmission) async {
        while admission.counts.waiting < count { await Task.yield() }
    }

    @Test("Tickets run in the order in which they came, one a slot")
    func isFirstInFirstOut() async throws {
        let admission = try self.admission()
        let first = try await admission.admit(self.ticket(0))
        var waiting: [Task<Slot, any Error>] = []
        for id in 1...3 {
            let ticket = try self.ticket(id)
            waiting.append(Task { try await admission.admit(ticket) })
            await self.untilWaiting(id, in: admission)
        }
        self.clock.advance(by: .seconds(3))
        first.release()
        let second = try await waiting[0].value
        #expect(second.waited == .seconds(3))
        #expect(admission.counts == (2, 1))
        second.release()
        let third = try await waiting[1].value
        third.release()
        try await waiting[2].value.release()
        #expect(admission.counts == (0, 0))
    }

    @Test("A ticket that finds a free engine does not wait behind those that cannot use it")
    func isWorkConserving() async throws {
        let admission = try self.admission()
        let held = try await admission.admit(self.ticket(0))
        let ticket = try self.ticket(1)
        let waiting = Task { try await admission.admit(ticket) }
        await self.untilWaiting(1, in: admission)
        admission.apply(.up(Self.other, EngineCapacity(), loaded: [try ModelName("m")]))
        let elsewhere = try await admission.admit(self.ticket(2, engines: [Self.other]))
        #expect(elsewhere.engine == Self.other)
        held.release()
        let granted = try await waiting.value
        #expect(granted.engine == Self.engine)
        elsewhere.release()
    }

    @Test("A full line refuses with the time after which to try again")
    func refusesWhenFull() async throws {
        let admission = try self.admission(queue: 1)
        let held = try await admission.admit(self.ticket(0))
        let ticket = try self.ticket(1)
        let waiting = Task { try await admission.admit(ticket) }
        await self.untilWaiting(1, in: admission)
        let error = await #expect(throws: ServiceError.self) { _ = try await admission.admit(self.ticket(2)) }
        #expect(error?.code == .queueFull)
        #expect(error?.retryAfter ?? .zero >= .seconds(1))
        held.release()
        try await waiting.value.release()
    }

    @Test("Bodies that wait may not take more memory than allowed")
    func boundsBytes() async throws {
        let admission = try self.admission(bytes: 100)
        let held = try await admission.admit(self.ticket(0, bytes: 5000))
        let error = await #expect(throws: ServiceError.self) {
            _ = try await admission.admit(self.ticket(1, bytes: 101))
        }
        #expect(error?.code == .queueFull)
        held.release()
        #expect(admission.counts == (0, 0))
    }

    @Test("A ticket that waits too long is given up and leaves no trace")
    func timesOut() async throws {
        let admission = try self.admission()
        let held = try await admission.admit(self.ticket(0))
        try await self.whileRunning(admission) {
            let ticket = try self.ticket(1)
            let waiting = Task { try await admission.admit(ticket) }
            await self.untilWaiting(1, in: admission)
            await self.clock.untilSleeping(1)
            self.clock.advance(by: .seconds(121))
            let error = await #expect(throws: ServiceError.self) { _ = try await waiting.value }
            #expect(error?.code == .queueTimeout)
        }
        #expect(admission.counts == (0, 1))
        held.release()
        #expect(admission.counts == (0, 0))
        try await admission.admit(self.ticket(2)).release()
    }

    @Test("A ticket whose own deadline passes in line is told so")
    func deadlinePasses() async throws {
        let admission = try self.admission()
        let held = try await admission.admit(self.ticket(0))
        try await self.whileRunning(admission) {
            let ticket = try self.ticket(1, deadline: self.clock.now.advanced(by: .seconds(7)))
            let waiting = Task { try await admission.admit(ticket) }
            await self.untilWaiting(1, in: admission)
            await self.clock.untilSleeping(1)
            self.clock.advance(by: .seconds(8))
            let error = await #expect(throws: ServiceError.self) { _ = try await waiting.value }
            #expect(error == .deadlinePassed)
        }
        held.release()
        #expect(admission.counts == (0, 0))
    }

    @Test("A deadline that the line is known to be too long for is refused before anybody waits")
    func hopelessDeadline() async throws {
        let admission = try self.admission()
        let first = try await admission.admit(self.ticket(0))
        self.clock.advance(by: .seconds(60))
        first.release()
        let held = try await admission.admit(self.ticket(1))
        let ticket = try self.ticket(2, deadline: self.clock.now.advanced(by: .seconds(2)))
        let error = await #expect(throws: ServiceError.self) { _ = try await admission.admit(ticket) }
        #expect(error?.code == .deadlineExceeded)
        #expect(error?.isRetryable == false)
        #expect(admission.counts == (0, 1))
        held.release()
    }

    @Test("An engine that was away is not asked for what it was to do before")
    func forgetsErrands() async throws {
        let admission = try self.admission()
        let place = try admission.enter(self.ticket(0, model: "other"))
        admission.apply(.down(Self.engine))
        admission.apply(.up(Self.engine, EngineCapacity(), loaded: []))
        let loader = ScriptedLoader(admission)
        try await self.whileRunning(admission, loader: loader) {
            await loader.untilAsked(1)
            #expect(loader.asked == ["load other:latest on local"])
            loader.answer()
            try await place.slot().release()
        }
    }

    @Test("A model that is not loaded is loaded first, and its ticket knows how long that took")
    func loads() async throws {
        let admission = try self.admission()
        let loader = ScriptedLoader(admission)
        try await self.whileRunning(admission, loader: loader) {
            let ticket = try self.ticket(0, model: "other")
            let waiting = Task { try await admission.admit(ticket) }
            await loader.untilAsked(1)
            #expect(loader.asked == ["unload m:latest on local"])
            loader.answer()
            await loader.untilAsked(2)
            #expect(loader.asked.last == "load other:latest on local")
            self.clock.advance(by: .seconds(4))
            loader.answer(took: .seconds(4))
            let slot = try await waiting.value
            #expect(slot.loadTime == .seconds(4))
            slot.release()
            let next = try await admission.admit(self.ticket(1, model: "other"))
            #expect(next.loadTime == nil)
            next.release()
        }
    }

    @Test("A model that cannot be loaded is refused in the engine's words, and others do not notice")
    func refusesWhatCannotLoad() async throws {
        let admission = try self.admission()
        let loader = ScriptedLoader(admission)
        try await self.whileRunning(admission, loader: loader) {
            admission.apply(.changed(Self.engine, EngineCapacity(maxLoadedModels: 2)))
            let ticket = try self.ticket(0, model: "broken")
            let waiting = Task { try await admission.admit(ticket) }
            await loader.untilAsked(1)
            loader.answer(ServiceError(.engineError, "unable to load model"))
            let error = await #expect(throws: ServiceError.self) { _ = try await waiting.value }
            #expect(error?.code == .modelUnavailable)
            #expect(error?.message.contains("unable to load model") == true)
            #expect(error?.retryAfter == .seconds(30))
            let again = await #expect(throws: ServiceError.self) { _ = try await admission.admit(ticket) }
            #expect(again?.code == .modelUnavailable)
            try await admission.admit(self.ticket(1)).release()
        }
        #expect(admission.counts == (0, 0))
    }

    @Test("A ticket is not given up while its model loads: its queue's time is not the load's")
    func loadIsNotQueueing() async throws {
        let admission = try self.admission()
        let loader = ScriptedLoader(admission)
        try await self.whileRunning(admission, loader: loader) {
            admission.apply(.changed(Self.engine, EngineCapacity(maxLoadedModels: 2)))
            let ticket = try self.ticket(0, model: "large")
            let waiting = Task { try await admission.admit(ticket) }
            await loader.untilAsked(1)
            for _ in 0..<30 {
                await self.clock.untilSleeping(1)
                self.clock.advance(by: .seconds(10))
            }
            loader.answer()
            try await waiting.value.release()
        }
    }

    @Test("Whoever looks at the line is told a place, and a ticket ended from elsewhere says why")
    func standingAndCancel() async throws {
        let admission = try self.admission()
        let held = try await admission.admit(self.ticket(0))
        let first = try admission.enter(self.ticket(1))
        let second = try admission.enter(self.ticket(2))
        #expect(first.standing?.position == 1)
        #expect(second.standing?.position == 2)
        #expect(try await first.slot(within: .zero) == nil)
        second.cancel(.shuttingDown)
        let error = await #expect(throws: ServiceError.self) { _ = try await second.slot() }
        #expect(error == .shuttingDown)
        held.release()
        try await first.slot().release()
        #expect(first.standing == nil)
        #expect(admission.counts == (0, 0))
    }

    @Test("A place that is dropped leaves the line, whether its slot was granted or not")
    func droppedPlaces() async throws {
        let admission = try self.admission()
        do {
            let granted = try admission.enter(self.ticket(0))
            let waiting = try admission.enter(self.ticket(1))
            #expect(admission.counts == (1, 1))
            _ = (consume granted, consume waiting)
        }
        #expect(admission.counts == (0, 0))
    }

    @Test("A caller that leaves the line leaves no trace")
    func cancels() async throws {
        let admission = try self.admission()
        let held = try await admission.admit(self.ticket(0))
        let ticket = try self.ticket(1)
        let waiting = Task { try await admission.admit(ticket) }
        await self.untilWaiting(1, in: admission)
        waiting.cancel()
        _ = await waiting.result
        #expect(admission.counts == (0, 1))
        held.release()
        #expect(admission.counts == (0, 0))
    }

    @Test("When the service stops, everybody in line is told")
    func shutsDown() async throws {
        let admission = try self.admission()
        let held = try await admission.admit(self.ticket(0))
        let ticket = try self.ticket(1)
        let waiting = Task { try await admission.admit(ticket) }
        await self.untilWaiting(1, in: admission)
        admission.shutDown()
        let told = await #expect(throws: ServiceError.self) { _ = try await waiting.value }
        #expect(told?.code == .shuttingDown)
        let late = await #expect(throws: ServiceError.self) { _ = try await admission.admit(self.ticket(2)) }
        #expect(late?.code == .shuttingDown)
        held.release()
    }

    @Test("A slot that is dropped is given back, and one that is given back twice counts once")
    func slotsComeBack() async throws {
        let admission = try self.admission()
        do {
            let slot = try await admission.admit(self.ticket(0))
            _ = consume slot
        }
        #expect(admission.counts == (0, 0))
        let slot = try await admission.admit(self.ticket(1))
        slot.release()
        slot.release()
        #expect(admission.counts == (0, 0))
    }

    @Test(
        "After any mix of success, cancel and timeout all counters are zero",
        arguments: [UInt64.random(in: 0 ... .max)]
    )
    func countersReturnToZero(seed: UInt64) async throws {
        let admission = try self.admission(queue: 50, maxConcurrent: 3)
        admission.apply(.up(Self.other, EngineCapacity(parallel: 2), loaded: [try ModelName("m")]))
        try await self.whileRunning(admission) {
            var random = SeededRandom(seed: seed)
            await withTaskGroup(of: Void.self) { group in
                for id in 0..<400 {
                    let engines = Bool.random(using: &random) ? [Self.engine, Self.other] : [Self.other]
                    guard let ticket = try? self.ticket(id, engines: engines) else { continue }
                    let isCancelled = Int.random(in: 0..<4, using: &random) == 0
                    let yields = Int.random(in: 0..<30, using: &random)
                    if Int.random(in: 0..<50, using: &random) == 0 { self.clock.advance(by: .seconds(61)) }
                    group.addTask {
                        let task = Task { try await admission.admit(ticket) }
                        for _ in 0..<yields { await Task.yield() }
                        if isCancelled { task.cancel() }
                        if case .success(let slot) = await task.result {
                            await Task.yield()
                            slot.release()
                        }
                    }
                    if id % 20 == 0 { await Task.yield() }
                }
            }
        }
        #expect(admission.counts == (0, 0), "seed \(seed)")
        try await admission.admit(self.ticket(1000)).release()
    }
}
