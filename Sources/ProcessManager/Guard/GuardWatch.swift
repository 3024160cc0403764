#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The guard's one loop: waits for the child, for the end of standard input and for signals, whichever comes first.
struct GuardWatch {
    private enum Phase {
        /// The child may run for as long as it likes.
        case running
        /// The group has been asked to end and is killed at the instant.
        case ending(ContinuousClock.Instant)
        /// The group has been killed.
        case killed
    }

    private let child: GuardedChild
    private let signals: SignalPipe
    private let grace: Duration
    private var phase = Phase.running

    init(child: GuardedChild, signals: SignalPipe, grace: Duration) {
        self.child = child
        self.signals = signals
        self.grace = grace
    }

    /// Waits until the child has ended, and makes it end when it should.
    ///
    /// - Returns: the status to exit with.
    consuming func run() -> Int32 {
        while !self.child.hasEnded {
            let isToldToEnd = self.wait()
            switch self.phase {
            case .running:
                guard isToldToEnd else { continue }
                self.child.signalGroup(SIGTERM)
                self.phase = .ending(.now.advanced(by: self.grace))
            case .ending(let deadline):
                guard ContinuousClock.now >= deadline else { continue }
                self.child.signalGroup(SIGKILL)
                self.phase = .killed
            case .killed:
                continue
            }
        }
        // What the child started and left behind: an engine's runners hold gigabytes. The child is still a zombie, so
        // that its number cannot belong to a stranger's group yet.
        self.child.signalGroup(SIGKILL)
        return self.child.reap()
    }

    /// Waits for the next thing to happen.
    ///
    /// - Returns: whether the child should end.
    private func wait() -> Bool {
        // A negative descriptor is not looked at: after its end, standard input would be ready all the time.
        var isRunning = false
        var timeout: Int32 = -1
        switch self.phase {
        case .running: isRunning = true
        case .ending(let deadline):
            let left = (deadline - .now) / Duration.milliseconds(1)
            timeout = Int32(max(0, min(left.rounded(.up), 3_600_000)))
        case .killed: break
        }
        var descriptors = [
            pollfd(fd: isRunning ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: self.signals.readEnd, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&descriptors, nfds_t(descriptors.count), timeout) > 0 else { return false }
        var isToldToEnd = false
        if descriptors[1].revents != 0 {
            isToldToEnd = self.signals.take().contains { $0 != SIGCHLD }
        }
        if descriptors[0].revents != 0, self.inputHasEnded() { isToldToEnd = true }
        return isToldToEnd
    }

    /// Reads what has arrived and throws it away: only the end means anything.
    private func inputHasEnded() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = read(STDIN_FILENO, &buffer, buffer.count)
        if count < 0 { return errno != EINTR && errno != EAGAIN }
        return count == 0
    }
}
