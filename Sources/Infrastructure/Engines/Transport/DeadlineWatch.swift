import Application
import NIOCore

/// Watches the deadlines of one call with one timer, which is moved only when it fires: a token costs no timer.
///
/// Nor does a call, mostly: it takes over the timer of one that is done. The idle deadline runs only while somebody waits for
/// the engine: a slow caller is not the engine's fault.
struct DeadlineWatch {
    /// How long the engine may be silent while somebody waits for it.
    var idle = TimeAmount.zero
    private let eventLoop: any EventLoop
    private let spares: SpareDeadlineTimers
    /// Nil before the call begins, and when it is over.
    private var timer: DeadlineTimer?

    init(eventLoop: any EventLoop, spares: SpareDeadlineTimers) {
        self.eventLoop = eventLoop
        self.spares = spares
    }

    mutating func begin(
        first: (TransportFailure.Deadline, Duration)?,
        idle: Duration,
        total: Duration?,
        onPassed: @escaping (TransportFailure.Deadline) -> Void
    ) {
        let now = self.eventLoop.now
        let timer = self.spares.take(on: self.eventLoop) ?? DeadlineTimer()
        self.timer = timer
        self.idle = .nanoseconds(idle.nanoseconds)
        if let (name, length) = first {
            timer.firstLength = .nanoseconds(length.nanoseconds)
            timer.first = (name, now + timer.firstLength)
        }
        timer.total = total.map { now + .nanoseconds($0.nanoseconds) } ?? .distantFuture
        timer.onPassed = onPassed
        timer.comeBy(timer.next, on: self.eventLoop)
    }

    func firstEventSeen() {
        self.timer?.first = nil
        self.timer?.hasBegun = true
    }

    /// The first deadline does not pass for now: it is not the engine that is waited for.
    func pause() {
        self.timer?.first?.deadline = .distantFuture
    }

    /// The first deadline begins anew.
    func restart() {
        guard let timer = self.timer, timer.first != nil else { return }
        let deadline = self.eventLoop.now + timer.firstLength
        timer.first?.deadline = deadline
        timer.comeBy(deadline, on: self.eventLoop)
    }

    func waitBegan() {
        guard let timer = self.timer, timer.first == nil, timer.hasBegun else { return }
        let deadline = self.eventLoop.now + self.idle
        timer.idleDeadline = deadline
        timer.comeBy(deadline, on: self.eventLoop)
    }

    func waitEnded() {
        self.timer?.idleDeadline = nil
    }

    mutating func end() {
        guard let timer = self.timer.take() else { return }
        timer.reset()
        self.spares.keep(timer, on: self.eventLoop)
    }
}
