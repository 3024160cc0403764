public import Application
public import ServiceLifecycle
import Synchronization

/// A program that is kept running: started under the guard, watched, started again when it ends, and stopped in good order.
///
/// It is ready when its own child lives and the probe succeeds. If the child has ended, an answer on its port is
/// somebody else's.
public final class ManagedProcess: Service {
    /// What to run, and how.
    public struct Settings: Sendable {
        /// The program.
        public var command: ProcessCommand
        /// The guard under which it runs.
        public var guardInvocation: GuardInvocation
        /// Where its output goes; nil throws it away.
        public var log: RotatingLog?
        /// How soon it is started again.
        public var restarts = RestartPolicy()
        /// The time between SIGTERM and SIGKILL when it is stopped.
        public var grace = Duration.seconds(10)
        /// How many lines of its output are kept in memory.
        public var keptLines = 50

        /// Creates settings with the usual times.
        public init(command: ProcessCommand, guardInvocation: GuardInvocation, log: RotatingLog? = nil) {
            self.command = command
            self.guardInvocation = guardInvocation
            self.log = log
        }
    }

    struct State {
        var snapshot = ProcessSnapshot()
        var lines: RecentLines
        var readySince: MonotonicInstant?
        var isStopping = false
        var isLate = false
    }

    let settings: Settings
    let clock: any ServiceClock
    /// Rings when the present run should end, or the present wait.
    let orders = Bell()
    let state: Mutex<State>
    private let random: @Sendable () -> Double
    private let isAnswering: @Sendable () async -> Bool
    private let observer: @Sendable (ProcessEvent) -> Void

    /// How long an answer must last before it is believed: a child that found its port taken ends within this time.
    private static let settling = Duration.milliseconds(250)
    private static let probeInterval = Duration.milliseconds(100)

    /// Creates a managed process; ``run()`` starts it.
    ///
    /// - Parameters:
    ///   - settings: what to run.
    ///   - clock: the time.
    ///   - random: 0 up to 1, for the jitter of the restarts.
    ///   - isAnswering: whether something answers where the program should. Must return within seconds.
    ///   - observer: told of every change, from any task. Must return at once.
    public init(
        settings: Settings,
        clock: any ServiceClock,
        random: @escaping @Sendable () -> Double = { .random(in: 0..<1) },
        isAnswering: @escaping @Sendable () async -> Bool,
        observer: @escaping @Sendable (ProcessEvent) -> Void = { _ in }
    ) {
        self.settings = settings
        self.clock = clock
        self.random = random
        self.isAnswering = isAnswering
        self.observer = observer
        self.state = Mutex(State(lines: RecentLines(limit: max(1, settings.keptLines))))
    }

    /// How it is.
    public var snapshot: ProcessSnapshot { self.state.withLock { $0.snapshot } }

    /// The last lines of its output, the oldest first.
    ///
    /// For administrators only.
    public var lastLines: [String] { self.state.withLock { $0.lines.lines } }

    // MARK: Orders

    /// Ends the process and ``run()`` with it.
    public func stop() {
        self.state.withLock { $0.isStopping = true }
        self.orders.ring()
    }

    /// Ends the process and starts it again at once, also out of a crash loop.
    public func restart() {
        self.orders.ring()
    }

    // MARK: Running

    /// Keeps the process running until ``stop()``, graceful shutdown or cancellation.
    ///
    /// When it returns, the process is gone.
    public func run() async throws {
        await withGracefulShutdownHandler {
            await self.keepRunning()
        } onGracefulShutdown: {
            self.stop()
        }
    }

    private var isStopping: Bool { Task.isCancelled || self.state.withLock { $0.isStopping } }

    private func keepRunning() async {
        var ledger = RestartLedger(policy: self.settings.restarts)
        var isFirst = true
        while !self.isStopping {
            self.begin(isRestart: !isFirst)
            isFirst = false
            let end = await ProcessRun(process: self).untilEnd()
            if self.isStopping { break }
            if self.orders.silence() {
                ledger.reset()
                continue
            }
            let readyFor = self.note(end)
            let pause = self.report(ledger.died(readyFor: readyFor, random: self.random()), end)
            await self.orders.wait(atMost: pause, on: self.clock)
            if !self.isStopping, self.orders.silence() { ledger.reset() }
        }
        self.state.withLock { state in
            state.snapshot.phase = .stopped
            state.snapshot.pid = nil
        }
        self.settings.log?.append("-- shared-ollama: stopped")
        self.observer(.stopped)
    }

    private func begin(isRestart: Bool) {
        self.state.withLock { state in
            state.snapshot.phase = .starting
            state.snapshot.pid = nil
            state.snapshot.startedAt = self.clock.wallTime
            if isRestart { state.snapshot.restarts += 1 }
            state.readySince = nil
            state.isLate = false
            state.lines.removeAll()
        }
        self.settings.log?.append("-- shared-ollama: starting \(self.settings.command.executable)")
        self.observer(.starting)
    }

    /// Notes a death: the end of a run that nobody had ordered.
    ///
    /// - Returns: how long the process had been ready; nil if it never was.
    private func note(_ end: ProcessRun.End) -> Duration? {
        let (text, readyFor) = self.state.withLock { state in
            let reason = state.isLate ? "was not ready in time" : end.reason
            let text = reason + (state.lines.lines.last.map { ": \($0)" } ?? "")
            state.snapshot.pid = nil
            state.snapshot.phase = .waiting
            state.snapshot.lastStatus = end.status
            state.snapshot.lastError = text
            return (text, state.readySince.map { self.clock.now - $0 })
        }
        self.settings.log?.append("-- shared-ollama: \(text)")
        return readyFor
    }

    private func report(_ verdict: RestartLedger.Verdict, _ end: ProcessRun.End) -> Duration {
        switch verdict {
        case .restart(let delay):
            self.observer(.exited(status: end.status, restartIn: delay))
            return delay
        case .crashLoop(let delay):
            self.state.withLock { $0.snapshot.phase = .crashLoop }
            self.observer(.crashLoop(status: end.status, lastLines: self.lastLines))
            return delay
        }
    }

    // MARK: What a run tells

    /// Takes a line of output.
    ///
    /// One of the first is the guard's own and holds the process id; the child may be quicker.
    func received(_ line: String) {
        let kind = LogMiner.kind(of: line)
        let (isOutput, incident) = self.state.withLock { state -> (Bool, EngineIncident?) in
            if state.snapshot.pid == nil, let pid = GuardProcess.announcedPID(line) {
                state.snapshot.pid = pid
                return (false, nil)
            }
            state.lines.append(line)
            guard let kind else { return (true, nil) }
            let incident = EngineIncident(kind: kind, time: self.clock.wallTime, line: line)
            return (true, state.snapshot.mined.add(incident) ? incident : nil)
        }
        if isOutput { self.settings.log?.append(line) }
        if let incident { self.observer(.incident(incident)) }
    }

    /// Notes that the process is not ready in time, and is therefore ended.
    func isTooLate() {
        self.state.withLock { $0.isLate = true }
    }

    /// Notes that the process is ready.
    func becameReady() {
        let pid = self.state.withLock { state in
            state.readySince = self.clock.now
            state.snapshot.phase = .ready
            return state.snapshot.pid
        }
        self.observer(.ready(pid: pid))
    }

    /// Waits until the process answers.
    ///
    /// - Returns: false if it did not in time, or if the task was cancelled.
    func untilReady() async -> Bool {
        let deadline = self.clock.now.advanced(by: self.settings.restarts.readyWithin)
        while !Task.isCancelled, self.clock.now < deadline {
            // Before the guard has said that there is a child, nobody can be answering for it.
            if self.snapshot.pid != nil, await self.isAnswering() {
                try? await self.clock.sleep(for: ManagedProcess.settling)
                if await self.isAnswering() { return !Task.isCancelled }
            }
            try? await self.clock.sleep(for: ManagedProcess.probeInterval)
        }
        return false
    }
}
