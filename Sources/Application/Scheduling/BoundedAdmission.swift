import DequeModule
public import Domain
import Synchronization

/// Bounded concurrency and one waiting line: the first in it that an engine with a free slot can serve runs next.
public final class BoundedAdmission: Admission {
    /// The bounds of the line.
    public struct Limits: Sendable {
        /// Requests that run at once on all engines together; nil is the sum of the engines' slots.
        public var maxConcurrent: Int?
        /// Requests that may wait.
        public var maxQueueSize: Int
        /// Bytes of request bodies that may wait.
        public var maxWaitingBytes: Int
        /// How long a request may wait.
        public var timeout: Duration

        /// Creates limits.
        public init(maxConcurrent: Int?, maxQueueSize: Int, maxWaitingBytes: Int, timeout: Duration) {
            self.maxConcurrent = maxConcurrent
            self.maxQueueSize = maxQueueSize
            self.maxWaitingBytes = maxWaitingBytes
            self.timeout = timeout
        }
    }

    let limits: Limits
    private let clock: any ServiceClock
    private let metrics: any Metrics
    private let line: Mutex<WaitingLine>

    /// Creates a line in front of engines that have no slots yet; see ``setSlots(_:of:)``.
    public init(limits: Limits, clock: any ServiceClock, metrics: any Metrics) {
        self.limits = limits
        self.clock = clock
        self.metrics = metrics
        self.line = Mutex(WaitingLine(limits: limits))
    }

    /// How many requests wait and run.
    public var counts: (waiting: Int, running: Int) {
        self.line.withLock { ($0.waiting.count, $0.totalRunning) }
    }

    /// How many requests run at once at most: as configured, else the slots of all engines.
    var maxConcurrent: Int {
        self.limits.maxConcurrent ?? self.line.withLock { $0.slots.values.reduce(0, +) }
    }

    /// How many requests run on an engine.
    public func running(on engine: EngineName) -> Int {
        self.line.withLock { $0.running[engine, default: 0] }
    }

    /// Sets how many requests an engine runs at once; 0 takes it out.
    ///
    /// Tickets that may now run, run.
    public func setSlots(_ slots: Int, of engine: EngineName) {
        self.grant { $0.slots[engine] = slots > 0 ? slots : nil }
    }

    /// Takes in what has changed at an engine; which models are loaded does not matter here.
    public func apply(_ event: EngineEvent) {
        switch event {
        case .up(let engine, let capacity, _), .changed(let engine, let capacity):
            self.setSlots(capacity.parallel, of: engine)
        case .down(let engine): self.setSlots(0, of: engine)
        case .loaded, .unloaded, .loadFailed, .modelSlots: break
        }
    }

    /// Refuses everything from now on and everything that waits.
    public func shutDown() {
        let waiters = self.line.withLock { line in
            line.isShutDown = true
            return line.removeAll()
        }
        for waiter in waiters { waiter.continuation.resume(throwing: ServiceError.shuttingDown) }
        self.publish()
    }

    /// See ``Admission/admit(_:)``.
    public func admit(_ ticket: Ticket) async throws -> Slot {
        let arrival = self.clock.now
        switch try self.line.withLock({ line throws(ServiceError) in try line.arrive(ticket) }) {
        case .run(let engine):
            self.publish()
            return self.slot(on: engine, waited: .zero)
        case .wait(let id):
            self.publish()
            return try await self.wait(id, ticket: ticket, since: arrival)
        }
    }

    // MARK: Waiting

    private func wait(_ id: Int, ticket: Ticket, since arrival: MonotonicInstant) async throws -> Slot {
        try await withThrowingTaskGroup(of: Slot.self) { group in
            group.addTask {
                let engine = try await self.turn(of: id, ticket: ticket)
                return self.slot(on: engine, waited: self.clock.now - arrival)
            }
            group.addTask {
                try await self.clock.sleep(for: self.limits.timeout)
                throw self.timeoutError()
            }
            // A slot that is granted while the other task throws is dropped with the group, and so given back.
            defer { group.cancelAll() }
            guard let slot = try await group.next() else { throw CancellationError() }
            return slot
        }
    }

    private func turn(of id: Int, ticket: Ticket) async throws -> EngineName {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<EngineName, any Error>) in
                let outcome = self.line.withLock { $0.enqueue(id, ticket, continuation, at: self.clock.now) }
                switch outcome {
                case .waiting: break
                case .granted(let engine): continuation.resume(returning: engine)
                case .gone: continuation.resume(throwing: CancellationError())
                case .shutDown: continuation.resume(throwing: ServiceError.shuttingDown)
                }
                self.publish()
            }
        } onCancel: {
            let waiter = self.line.withLock { $0.leave(id) }
            waiter?.continuation.resume(throwing: CancellationError())
            self.publish()
        }
    }

    // MARK: Slots

    private func slot(on engine: EngineName, waited: Duration) -> Slot {
        let start = self.clock.now
        return Slot(engine: engine, waited: waited) { [weak self] in
            guard let self else { return }
            self.grant { $0.release(engine, after: self.clock.now - start) }
        }
    }

    private func grant(_ change: (inout WaitingLine) -> Void) {
        let granted = self.line.withLock { line in
            change(&line)
            return line.grant()
        }
        for (waiter, engine) in granted { waiter.continuation.resume(returning: engine) }
        self.publish()
    }

    private func timeoutError() -> ServiceError {
        ServiceError(
            .queueTimeout,
            "The request waited \(Int(self.limits.timeout.inSeconds)) s in line and was given up.",
            retryAfter: self.line.withLock { $0.expectedWait }
        )
    }

    private func publish() {
        let (waiting, running) = self.counts
        self.metrics.set(.queued, to: Double(waiting), nil)
        self.metrics.set(.running, to: Double(running), nil)
    }
}

extension ServiceError {
    /// What callers are told while the service stops.
    public static let shuttingDown = ServiceError(.shuttingDown, "The service is stopping.", retryAfter: .seconds(5))
}
