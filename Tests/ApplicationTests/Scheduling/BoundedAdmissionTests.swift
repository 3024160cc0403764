import Application
import Domain
import TestSupport
import Testing

@Suite("The waiting line")
struct BoundedAdmissionTests {
    private static let engine = EngineName("local")
    private static let other = EngineName("other")

    private let clock = ManualClock()

    private func admission(queue: Int = 10, bytes: Int = 1000, maxConcurrent: Int? = nil) -> BoundedAdmission {
        let admission = BoundedAdmission(
            limits: .init(
                maxConcurrent: maxConcurrent,
                maxQueueSize: queue,
                maxWaitingBytes: bytes,
                timeout: .seconds(120)
            ),
            clock: self.clock,
            metrics: RecordingMetrics()
        )
        admission.setSlots(1, of: Self.engine)
        return admission
    }

    private func ticket(_ id: Int, engines: [EngineName] = [engine], bytes: Int = 1) throws -> Ticket {
        Ticket(
            requestID: RequestID(generated: "r\(id)"),
            project: .default,
            model: try ModelName("m"),
            engines: engines,
            waitingBytes: bytes
        )
    }

    private func untilWaiting(_ count: Int, in admission: BoundedAdmission) async {
        while admission.counts.waiting < count { await Task.yield() }
    }

    @Test("Tickets run in the order in which they came, one a slot")
    func isFirstInFirstOut() async throws {
        let admission = self.admission()
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
        let admission = self.admission()
        let held = try await admission.admit(self.ticket(0))
        let ticket = try self.ticket(1)
        let waiting = Task { try await admission.admit(ticket) }
        await self.untilWaiting(1, in: admission)
        admission.setSlots(1, of: Self.other)
        let elsewhere = try await admission.admit(self.ticket(2, engines: [Self.other]))
        #expect(elsewhere.engine == Self.other)
        held.release()
        let granted = try await waiting.value
        #expect(granted.engine == Self.engine)
        elsewhere.release()
    }

    @Test("A full line refuses with the time after which to try again")
    func refusesWhenFull() async throws {
        let admission = self.admission(queue: 1)
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
        let admission = self.admission(bytes: 100)
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
        let admission = self.admission()
        let held = try await admission.admit(self.ticket(0))
        let ticket = try self.ticket(1)
        let waiting = Task { try await admission.admit(ticket) }
        await self.untilWaiting(1, in: admission)
        await self.clock.untilSleeping(1)
        self.clock.advance(by: .seconds(121))
        let error = await #expect(throws: ServiceError.self) { _ = try await waiting.value }
        #expect(error?.code == .queueTimeout)
        #expect(admission.counts == (0, 1))
        held.release()
        #expect(admission.counts == (0, 0))
        try await admission.admit(self.ticket(2)).release()
    }

    @Test("A caller that leaves the line leaves no trace")
    func cancels() async throws {
        let admission = self.admission()
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
        let admission = self.admission()
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
        let admission = self.admission()
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
        let admission = self.admission(queue: 50, maxConcurrent: 3)
        admission.setSlots(2, of: Self.other)
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
        #expect(admission.counts == (0, 0), "seed \(seed)")
        try await admission.admit(self.ticket(1000)).release()
    }
}
