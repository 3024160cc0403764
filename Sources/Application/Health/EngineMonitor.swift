import Domain
import Synchronization

/// Asks all engines how they are, again and again, and at once when somebody needs to know.
public final class EngineMonitor: Sendable {
    private struct State {
        /// Who waits for the end of a round that has not begun yet.
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        /// The loop, while it sleeps.
        var sleeper: CheckedContinuation<Void, Never>?
        var isAsked = false
        var nextID = 0
        var lastRound: MonotonicInstant?
    }

    private let directory: EngineDirectory
    private let clock: any ServiceClock
    private let interval: Duration
    private let state = Mutex(State())

    /// A round that is younger than this is as good as a new one.
    private static let freshness = Duration.milliseconds(250)

    /// Creates a monitor; ``run()`` does the work.
    ///
    /// `interval`: the time between two rounds of questions.
    public init(directory: EngineDirectory, clock: any ServiceClock, interval: Duration) {
        self.directory = directory
        self.clock = clock
        self.interval = interval
    }

    /// Asks in rounds until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            let waiting = self.state.withLock { state in
                state.isAsked = false
                return state.waiting.keys.sorted()
            }
            await self.round()
            self.finish(waiting)
            await self.pause()
        }
        self.finish(self.state.withLock { Array($0.waiting.keys) })
    }

    /// Waits until all engines have been asked once more, unless that has just been done.
    public func refresh() async {
        let isFresh = self.state.withLock { state in
            state.lastRound.map { self.clock.now - $0 < EngineMonitor.freshness } ?? false
        }
        // An engine that has come since has not been asked, however young the round is.
        if isFresh, !self.directory.engines.contains(where: { $0.state == .unknown }) { return }
        await self.refreshNow()
    }

    /// Waits until all engines have been asked in a round that begins after this call: what they had before does not
    /// count any more.
    public func refreshNow() async {
        let id = self.state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let sleeper = self.state.withLock { state in
                    state.waiting[id] = continuation
                    state.isAsked = true
                    return state.sleeper.take()
                }
                sleeper?.resume()
                if Task.isCancelled { self.finish([id]) }
            }
        } onCancel: {
            self.finish([id])
        }
    }

    private func round() async {
        await withTaskGroup(of: Void.self) { group in
            for engine in self.directory.engines {
                let (client, mark) = (engine.client, engine.mark)
                group.addTask {
                    let result: Result<EngineReport, any Error>
                    do {
                        result = .success(try await client.probe())
                    } catch {
                        result = .failure(error)
                    }
                    if !Task.isCancelled { self.directory.update(client.identity.name, with: result, since: mark) }
                }
            }
        }
        self.state.withLock { $0.lastRound = self.clock.now }
    }

    private func finish(_ ids: [Int]) {
        let continuations = self.state.withLock { state in ids.compactMap { state.waiting.removeValue(forKey: $0) } }
        for continuation in continuations { continuation.resume() }
    }

    /// Sleeps for the interval, or until somebody asks.
    private func pause() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await self.clock.sleep(for: self.interval) }
            group.addTask { await self.untilAsked() }
            await group.next()
            group.cancelAll()
        }
    }

    private func untilAsked() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = self.state.withLock { state in
                    if state.isAsked || Task.isCancelled { return true }
                    state.sleeper = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            self.state.withLock { $0.sleeper.take() }?.resume()
        }
    }
}
