import Application
import NIOCore

/// Watches the deadlines of one call with one timer, which is moved only when it fires: a token costs no timer.
///
/// The idle deadline runs only while somebody waits for the engine: a slow caller is not the engine's fault.
struct DeadlineWatch {
    /// How long the engine may be silent while somebody waits for it.
    var idle = TimeAmount.zero
    private let eventLoop: any EventLoop
    private let box = Box()

    /// What the timer needs when it fires.
    // @unchecked: all of it is confined to the event loop, like the call that owns it; the timer fires there.
    private final class Box: @unchecked Sendable {
        var timer: Scheduled<Void>?
        var timerDeadline = NIODeadline.distantFuture
        var first: (name: TransportFailure.Deadline, deadline: NIODeadline)?
        var firstLength = TimeAmount.zero
        var hasBegun = false
        var idleDeadline: NIODeadline?
        var total = NIODeadline.distantFuture
        var onPassed: ((TransportFailure.Deadline) -> Void)?
    }

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    mutating func begin(
        first: (TransportFailure.Deadline, Duration)?,
        idle: Duration,
        total: Duration?,
        onPassed: @escaping (TransportFailure.Deadline) -> Void
    ) {
        let now = NIODeadline.now()
        self.idle = .nanoseconds(idle.nanoseconds)
        if let (name, length) = first {
            self.box.firstLength = .nanoseconds(length.nanoseconds)
            self.box.first = (name, now + self.box.firstLength)
        }
        self.box.total = total.map { now + .nanoseconds($0.nanoseconds) } ?? .distantFuture
        self.box.onPassed = onPassed
        self.schedule()
    }

    func firstEventSeen() {
        self.box.first = nil
        self.box.hasBegun = true
    }

    /// The first deadline does not pass for now: it is not the engine that is waited for.
    func pause() {
        self.box.first?.deadline = .distantFuture
    }

    /// The first deadline begins anew.
    func restart() {
        guard self.box.first != nil, self.box.onPassed != nil else { return }
        let deadline = NIODeadline.now() + self.box.firstLength
        self.box.first?.deadline = deadline
        if deadline < self.box.timerDeadline { self.schedule() }
    }

    func waitBegan() {
        guard self.box.first == nil, self.box.hasBegun, self.box.onPassed != nil else { return }
        let deadline = NIODeadline.now() + self.idle
        self.box.idleDeadline = deadline
        // A timer that fires too early finds that out by itself; only one that would fire too late is moved.
        if deadline < self.box.timerDeadline { self.schedule() }
    }

    func waitEnded() {
        self.box.idleDeadline = nil
    }

    func end() {
        self.box.timer?.cancel()
        self.box.timer = nil
        self.box.onPassed = nil
    }

    private func schedule() {
        self.box.timer?.cancel()
        DeadlineWatch.schedule(self.box, on: self.eventLoop)
    }

    private static func schedule(_ box: Box, on eventLoop: any EventLoop) {
        let next = min(box.first?.deadline ?? .distantFuture, box.idleDeadline ?? .distantFuture, box.total)
        box.timerDeadline = next
        box.timer = eventLoop.scheduleTask(deadline: next) {
            let now = NIODeadline.now()
            let passed: TransportFailure.Deadline? =
                if box.total <= now {
                    .total
                } else if let first = box.first, first.deadline <= now {
                    first.name
                } else if let idle = box.idleDeadline, idle <= now {
                    .idle
                } else {
                    nil
                }
            if let passed {
                box.onPassed?(passed)
            } else {
                DeadlineWatch.schedule(box, on: eventLoop)
            }
        }
    }
}
