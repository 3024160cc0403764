import DequeModule
import Domain

/// The state of ``BoundedAdmission``: who waits, who runs, and what follows from a change.
struct WaitingLine {
    struct Waiter {
        let id: Int
        let ticket: Ticket
        let continuation: CheckedContinuation<EngineName, any Error>
    }

    enum Arrival {
        case run(EngineName)
        case wait(id: Int)
    }

    enum Enqueued {
        case waiting
        case granted(EngineName)
        case gone
        case shutDown
    }

    var slots: [EngineName: Int] = [:]
    var isShutDown = false
    private(set) var waiting: Deque<Waiter> = []
    private(set) var totalRunning = 0
    private let limits: BoundedAdmission.Limits
    private(set) var running: [EngineName: Int] = [:]
    private var waitingBytes = 0
    private var nextID = 0
    /// Tickets that were told to wait and have neither queued nor left yet; they hold a place in line.
    private var expected: [Int: Int] = [:]
    /// The exponentially weighted mean of how long a slot is held.
    private var meanHold: Duration?

    init(limits: BoundedAdmission.Limits) {
        self.limits = limits
    }

    /// How long a newcomer would wait, by what slots were held for lately: 1 s to 10 min.
    var expectedWait: Duration {
        let capacity = max(1, self.limits.maxConcurrent ?? self.slots.values.reduce(0, +))
        let ahead = Double(self.waiting.count + self.totalRunning) / Double(capacity)
        let seconds = (self.meanHold ?? .seconds(2)).inSeconds * ahead
        return .seconds(min(600, max(1, seconds.rounded(.up))))
    }

    mutating func arrive(_ ticket: Ticket) throws(ServiceError) -> Arrival {
        guard !self.isShutDown else { throw .shuttingDown }
        // Whoever waits cannot use what is free, else it would have been granted already: nobody is overtaken unfairly.
        if let engine = self.freeEngine(for: ticket) {
            self.take(engine)
            return .run(engine)
        }
        let isFull =
            self.waiting.count + self.expected.count >= self.limits.maxQueueSize
            || self.waitingBytes + ticket.waitingBytes > self.limits.maxWaitingBytes
        guard !isFull else {
            throw ServiceError(.queueFull, "The waiting line is full.", retryAfter: self.expectedWait)
        }
        self.nextID += 1
        self.expected[self.nextID] = ticket.waitingBytes
        self.waitingBytes += ticket.waitingBytes
        return .wait(id: self.nextID)
    }

    /// Takes a ticket's continuation, or grants it at once if a slot became free since it arrived.
    mutating func enqueue(
        _ id: Int,
        _ ticket: Ticket,
        _ continuation: CheckedContinuation<EngineName, any Error>,
        at now: MonotonicInstant
    ) -> Enqueued {
        guard self.expected.removeValue(forKey: id) != nil else { return .gone }
        if self.isShutDown {
            self.waitingBytes -= ticket.waitingBytes
            return .shutDown
        }
        if let engine = self.freeEngine(for: ticket) {
            self.waitingBytes -= ticket.waitingBytes
            self.take(engine)
            return .granted(engine)
        }
        self.waiting.append(Waiter(id: id, ticket: ticket, continuation: continuation))
        return .waiting
    }

    /// Takes a ticket out of the line, whether it has queued yet or not.
    mutating func leave(_ id: Int) -> Waiter? {
        if let bytes = self.expected.removeValue(forKey: id) {
            self.waitingBytes -= bytes
            return nil
        }
        guard let index = self.waiting.firstIndex(where: { $0.id == id }) else { return nil }
        return self.remove(at: index)
    }

    mutating func release(_ engine: EngineName, after hold: Duration) {
        self.running[engine, default: 1] -= 1
        if self.running[engine] == 0 { self.running[engine] = nil }
        self.totalRunning -= 1
        self.meanHold = self.meanHold.map { $0 * 0.8 + hold * 0.2 } ?? hold
    }

    /// Takes everybody out of the line who may run now, first come first served.
    mutating func grant() -> [(Waiter, EngineName)] {
        var granted: [(Waiter, EngineName)] = []
        var index = 0
        while index < self.waiting.count, self.hasRoom {
            guard let engine = self.freeEngine(for: self.waiting[index].ticket) else {
                index += 1
                continue
            }
            self.take(engine)
            granted.append((self.remove(at: index), engine))
        }
        return granted
    }

    mutating func removeAll() -> Deque<Waiter> {
        defer {
            self.waitingBytes -= self.waiting.reduce(0) { $0 + $1.ticket.waitingBytes }
            self.waiting = []
        }
        return self.waiting
    }

    // MARK: Parts

    private var hasRoom: Bool {
        self.limits.maxConcurrent.map { self.totalRunning < $0 } ?? self.slots.contains { self.isFree($0.key) }
    }

    private func isFree(_ engine: EngineName) -> Bool {
        self.running[engine, default: 0] < self.slots[engine, default: 0]
    }

    private func freeEngine(for ticket: Ticket) -> EngineName? {
        guard self.hasRoom else { return nil }
        return ticket.engines.first { self.isFree($0) }
    }

    private mutating func take(_ engine: EngineName) {
        self.running[engine, default: 0] += 1
        self.totalRunning += 1
    }

    private mutating func remove(at index: Int) -> Waiter {
        let waiter = self.waiting.remove(at: index)
        self.waitingBytes -= waiter.ticket.waitingBytes
        return waiter
    }
}
