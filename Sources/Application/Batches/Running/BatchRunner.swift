public import Domain
import Synchronization

/// Runs the items of stored batches in what others leave of the engines, and in the share that batches are owed.
///
/// It claims items, runs them and keeps their outcomes. Failure policy: nothing is lost. An item is claimed until its
/// outcome is stored; what was claimed when the process died waits again after the next start. While the store fails
/// nothing new is claimed, and outcomes wait in memory, of which there are never more than tickets.
public final class BatchRunner: Sendable {
    /// What the runner goes by.
    public struct Settings: Sendable {
        /// How often engines may fail an item until that is its outcome (`batches.max_attempts`), at least 1.
        public var attempts: Int
        /// How often it looks for work that nobody has told it of.
        public var interval: Duration

        /// Creates settings.
        public init(attempts: Int = 5, interval: Duration = .seconds(10)) {
            self.attempts = max(1, attempts)
            self.interval = interval
        }
    }

    /// What it works with.
    public struct Parts: Sendable {
        let store: any BatchItemQueue
        let items: any BatchItemRunner
        let directory: EngineDirectory
        let bell: BatchBell
        let clock: any ServiceClock
        let metrics: any Metrics
        let project: @Sendable (ProjectName) -> Project
        let onEnd: @Sendable ([BatchID]) -> Void
        let onTrouble: @Sendable (any Error) -> Void

        /// Puts the parts together.
        ///
        /// - Parameters:
        ///   - store: keeps the batches.
        ///   - items: runs one item.
        ///   - directory: tells how much the engines run at once.
        ///   - bell: rings when there may be something to do.
        ///   - clock: the time.
        ///   - metrics: counts what items came to.
        ///   - project: a project's present limits.
        ///   - onEnd: told which batches have come to their end.
        ///   - onTrouble: told why the store failed.
        public init(
            store: any BatchItemQueue,
            items: any BatchItemRunner,
            directory: EngineDirectory,
            bell: BatchBell,
            clock: any ServiceClock,
            metrics: any Metrics,
            project: @escaping @Sendable (ProjectName) -> Project,
            onEnd: @escaping @Sendable ([BatchID]) -> Void,
            onTrouble: @escaping @Sendable (any Error) -> Void
        ) {
            self.store = store
            self.items = items
            self.directory = directory
            self.bell = bell
            self.clock = clock
            self.metrics = metrics
            self.project = project
            self.onEnd = onEnd
            self.onTrouble = onTrouble
        }
    }

    private struct State {
        var planner = BatchPlanner()
        var flights: [BatchItem.ID: BatchFlight] = [:]
        /// The routes of the batches that wait or run.
        var endpoints: [BatchID: BatchEndpoint] = [:]
        /// What has ended and is not stored yet.
        var outbox: [(flight: BatchFlight, ending: BatchFlight.Ending)] = []
        var lookedAt: MonotonicInstant?
        var isStopping = false
    }

    /// It does not look for new work more often than this, however often it is woken: looking counts what waits.
    private static let shortestInterval = Duration.milliseconds(250)
    /// How long it leaves a store alone that failed.
    private static let pause = Duration.seconds(1)
    /// How many batches and models it looks at.
    private static let maximumLots = 1000

    private let parts: Parts
    private let settings: Settings
    private let state = Mutex(State())

    /// Creates a runner; nothing runs before ``run()``.
    public init(_ parts: Parts, settings: Settings) {
        self.parts = parts
        self.settings = settings
    }

    /// How many items are on their way.
    public var running: Int { self.state.withLock { $0.flights.count } }

    /// Claims nothing more and stops what runs: it waits again.
    ///
    /// ``run()`` returns once that is stored.
    public func stop() {
        let flights = self.state.withLock { state in
            state.isStopping = true
            return Array(state.flights.values)
        }
        for flight in flights { flight.stop() }
        self.parts.bell.ringRunner()
    }

    /// Runs items until it is stopped or the task is cancelled.
    public func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                var wait = self.settings.interval
                do {
                    try await self.storeEndings()
                    if self.isDone { return }
                    wait = try await self.look()
                    for flight in try await self.claim() { group.addTask { await self.fly(flight) } }
                } catch {
                    self.parts.onTrouble(error)
                    wait = Self.pause
                    // Of a store that fails while the service stops, nothing more is to be expected.
                    if self.isStopping, self.running == 0 { return }
                }
                await self.parts.bell.waitAsRunner(atMost: wait, on: self.parts.clock)
            }
            group.cancelAll()
        }
    }

    // MARK: The parts of a round

    private var isStopping: Bool { self.state.withLock(\.isStopping) }

    /// Whether it was stopped and nothing of it is left.
    private var isDone: Bool {
        self.state.withLock { $0.isStopping && $0.flights.isEmpty && $0.outbox.isEmpty }
    }

    /// Stores what has ended since the last round, in two transactions at most.
    private func storeEndings() async throws {
        let endings = self.state.withLock { $0.outbox }
        guard !endings.isEmpty else { return }
        var (results, returned): ([BatchResult], [BatchItem.ID]) = ([], [])
        for (flight, ending) in endings {
            switch ending {
            case .outcome(let outcome, let usage):
                results.append(BatchResult(item: flight.item.id, outcome: outcome, usage: usage))
            case .returned, .held: returned.append(flight.item.id)
            }
        }
        var ended: [BatchID] = []
        if !results.isEmpty {
            ended = try await self.parts.store.record(results, at: self.parts.clock.wallTime)
            self.parts.metrics.count(results.filter(\.outcome.isSuccess).count, ofItems: "completed")
            self.parts.metrics.count(results.filter { !$0.outcome.isSuccess }.count, ofItems: "failed")
        }
        // Should this fail, the outcomes are stored once more: the first counts.
        if !returned.isEmpty { try await self.parts.store.release(returned) }
        self.state.withLock { state in
            state.outbox.removeFirst(endings.count)
            for (flight, ending) in endings {
                if case .outcome = ending {
                    state.planner.ended(flight.lot)
                } else {
                    state.planner.returned(flight.lot)
                }
            }
        }
        // What a closing batch got back is the keeper's.
        if !returned.isEmpty { self.parts.bell.ringKeeper() }
        if !ended.isEmpty { self.parts.onEnd(ended) }
    }

    /// Looks what waits and who may no longer run, unless it has just done so.
    ///
    /// - Returns: how long to wait until the next round, if nobody rings.
    private func look() async throws -> Duration {
        let now = self.parts.clock.now
        let since = self.state.withLock { $0.lookedAt.map { now - $0 } }
        if let since, since < Self.shortestInterval { return Self.shortestInterval - since }
        let work = try await self.parts.store.work(atMost: Self.maximumLots)
        let suspects = Set(self.state.withLock { $0.flights.values.map(\.item.batch) })
        var barred: Set<BatchID> = []
        for id in suspects where try await self.parts.store.batch(id)?.mayRun != true { barred.insert(id) }
        let (flights, release) = self.state.withLock { state in
            state.lookedAt = now
            state.planner.update(work) { self.parts.project($0).weight }
            for work in work { state.endpoints[work.batch] = work.endpoint }
            let known = Set(work.map(\.batch)).union(suspects)
            state.endpoints = state.endpoints.filter { known.contains($0.key) }
            let (slots, total) = self.slots(of: state.planner.models)
            state.planner.update(slots: slots, total: total)
            let flights = state.flights.values.filter { barred.contains($0.item.batch) }
            return (Array(flights), state.planner.nextRelease(after: now))
        }
        for flight in flights { flight.stop() }
        return min(self.settings.interval, release.map { $0 - now } ?? self.settings.interval)
    }

    /// Claims as many items as may start now.
    private func claim() async throws -> [BatchFlight] {
        let now = self.parts.clock.now
        var wanted: [BatchPlanner.Lot: Int] = [:]
        self.state.withLock { state in
            guard !state.isStopping else { return }
            while let lot = state.planner.next(at: now) { wanted[lot, default: 0] += 1 }
        }
        var flights: [BatchFlight] = []
        while let (lot, count) = wanted.first {
            do {
                let items = try await self.parts.store.claim(lot.batch, model: lot.model, atMost: count)
                flights += self.state.withLock { state in
                    // What is not there any more was paused, cancelled, or cannot be read.
                    for _ in items.count..<max(items.count, count) { state.planner.ended(lot) }
                    if items.count < count { state.planner.exhausted(lot) }
                    let path = (state.endpoints[lot.batch] ?? .chatCompletions).rawValue
                    let claimed = items.map {
                        BatchFlight($0, of: lot, path: path, project: self.parts.project(lot.project))
                    }
                    for flight in claimed { state.flights[flight.item.id] = flight }
                    return claimed
                }
                wanted[lot] = nil
            } catch {
                self.state.withLock { state in
                    for (lot, count) in wanted { for _ in 0..<count { state.planner.returned(lot) } }
                }
                guard flights.isEmpty else {
                    // What has been claimed runs; the next round finds out whether the store still fails.
                    self.parts.onTrouble(error)
                    break
                }
                throw error
            }
        }
        if self.isStopping { for flight in flights { flight.stop() } }
        return flights
    }

    private func fly(_ flight: BatchFlight) async {
        let ending = await flight.run(
            by: self.parts.items,
            attempts: self.settings.attempts,
            clock: self.parts.clock
        )
        let now = self.parts.clock.now
        self.state.withLock { state in
            state.flights[flight.item.id] = nil
            state.outbox.append((flight, ending))
            if case .held(let pause) = ending {
                state.planner.hold(flight.lot.project, until: now.advanced(by: pause))
            }
        }
        self.parts.bell.ringRunner()
    }

    /// How many requests of each model the engines that answer could run at once, and of all models together.
    private func slots(of models: Set<String>) -> (each: [String: Int], total: Int) {
        let up = self.parts.directory.engines.filter { $0.state == .up }
        let total = up.reduce(0) { sum, engine in
            let capacity = engine.capacity
            return sum + (capacity.total ?? capacity.parallel * capacity.maxLoadedModels)
        }
        var each: [String: Int] = [:]
        for model in models {
            if let name = try? ModelName(model) {
                each[model] = self.parts.directory.engines(having: name)
                    .reduce(0) { $0 + (self.parts.directory.engine($1)?.slots ?? 0) }
            } else {
                each[model] = up.map(\.slots).max() ?? 0
            }
        }
        return (each, total)
    }
}
