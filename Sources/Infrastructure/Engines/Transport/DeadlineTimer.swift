import NIOCore
import Synchronization

/// The timer of a ``DeadlineWatch``, and what it needs when it fires.
// @unchecked: all of it is confined to the event loop, like the call that has it; it fires there.
final class DeadlineTimer: @unchecked Sendable {
    var first: (name: TransportFailure.Deadline, deadline: NIODeadline)?
    var firstLength = TimeAmount.zero
    var hasBegun = false
    var idleDeadline: NIODeadline?
    var total = NIODeadline.distantFuture
    /// Nil while no call has the timer.
    var onPassed: ((TransportFailure.Deadline) -> Void)?
    private var scheduled: Scheduled<Void>?
    private var firesAt = NIODeadline.distantFuture

    /// The next deadline.
    var next: NIODeadline {
        min(self.first?.deadline ?? .distantFuture, self.idleDeadline ?? .distantFuture, self.total)
    }

    /// Sees to it that it fires at a deadline at the latest.
    ///
    /// One that fires too early finds that out by itself; only one that would fire too late is moved.
    func comeBy(_ deadline: NIODeadline, on eventLoop: any EventLoop) {
        guard deadline < self.firesAt else { return }
        self.cancel()
        self.firesAt = deadline
        self.scheduled = eventLoop.scheduleTask(deadline: deadline) { self.fired(on: eventLoop) }
    }

    /// Forgets the call; what is scheduled stays for the next one.
    func reset() {
        self.first = nil
        self.hasBegun = false
        self.idleDeadline = nil
        self.total = .distantFuture
        self.onPassed = nil
    }

    /// Does not fire any more; an event loop searches all that it has scheduled for it.
    func cancel() {
        self.scheduled?.cancel()
        self.scheduled = nil
        self.firesAt = .distantFuture
    }

    private func fired(on eventLoop: any EventLoop) {
        self.scheduled = nil
        self.firesAt = .distantFuture
        guard let onPassed = self.onPassed else { return }
        let now = eventLoop.now
        if self.total <= now {
            onPassed(.total)
        } else if let first = self.first, first.deadline <= now {
            onPassed(first.name)
        } else if let idle = self.idleDeadline, idle <= now {
            onPassed(.idle)
        } else {
            self.comeBy(self.next, on: eventLoop)
        }
    }
}

/// The timers of calls that are done, by event loop, for the calls that come: to cancel one and to schedule another for each
/// call would cost a search among all that the loop has scheduled.
final class SpareDeadlineTimers: Sendable {
    /// How many are kept for an event loop.
    private static let limit = 1024

    private let timers = Mutex(PerEventLoop<[DeadlineTimer]>())

    func take(on eventLoop: any EventLoop) -> DeadlineTimer? {
        self.timers.withLock { $0.change(eventLoop, []) { $0.popLast() } }
    }

    func keep(_ timer: DeadlineTimer, on eventLoop: any EventLoop) {
        let isKept = self.timers.withLock {
            $0.change(eventLoop, []) { timers in
                guard timers.count < SpareDeadlineTimers.limit else { return false }
                timers.append(timer)
                return true
            }
        }
        if !isKept { timer.cancel() }
    }
}
