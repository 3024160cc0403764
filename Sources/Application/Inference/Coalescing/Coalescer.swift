import Domain
import Synchronization

/// Lets identical requests of one project that are on their way share one generation.
///
/// Only where the answer is the same by definition: vectors, and greedy sampling with a seed. It needs ``run()``: each generation has a
/// job of its own, which none of its sharers has to stay for.
final class Coalescer: Sendable {
    /// What has to be the same.
    struct Key: Sendable, Hashable {
        let project: ProjectName
        let model: ModelName
        let work: EngineWork
        /// One that is told only when it is known to be right may be another than one that is told as it comes.
        let holdsBack: Bool

        /// Nil for a request whose answer may differ from that of its twin.
        init?(_ plan: AnswerPlan, model: ModelName, project: ProjectName) {
            guard Key.isDeterministic(plan.work) else { return nil }
            self.project = project
            self.model = model
            self.work = plan.work
            self.holdsBack = plan.holdsBack
        }

        private static func isDeterministic(_ work: EngineWork) -> Bool {
            if case .embed = work { return true }
            return work.options.temperature == 0 && work.options.seed != nil
        }
    }

    /// Puts a generation in line.
    typealias Enter = @Sendable () async throws -> PendingExchange<GenerationEvent>

    private struct Job: Sendable {
        let key: Key
        let generation: SharedGeneration
        let enter: Enter
    }

    private struct State {
        var generations: [Key: SharedGeneration] = [:]
        var jobs: [Job] = []
    }

    private let clock: any ServiceClock
    private let state = Mutex(State())
    private let wake = WakeSignal()

    init(clock: any ServiceClock) {
        self.clock = clock
    }

    /// How many generations are on their way.
    var count: Int { self.state.withLock(\.generations.count) }

    /// Joins the generation that is on its way for a key, or begins one.
    ///
    /// `enter`: puts the generation in line, if there is none.
    func join(_ key: Key, entry: RequestEntry, enter: @escaping Enter) -> Sharer {
        let (generation, id, isNew) = self.state.withLock { state in
            if let generation = state.generations[key], let id = generation.join() { return (generation, id, false) }
            let generation = SharedGeneration()
            guard let id = generation.join() else { preconditionFailure("nothing is newer than a new generation") }
            state.generations[key] = generation
            state.jobs.append(Job(key: key, generation: generation, enter: enter))
            return (generation, id, true)
        }
        if isNew { self.wake.ring() }
        return Sharer(id, of: generation, entry: entry)
    }

    /// Runs the generations until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let jobs = self.state.withLock { state in
                    defer { state.jobs = [] }
                    return state.jobs
                }
                for job in jobs { group.addTask { await self.perform(job) } }
                await self.wake.wait(atMost: nil, on: self.clock)
            }
            group.cancelAll()
        }
        for job in self.state.withLock({ $0.jobs }) { job.generation.finish(.failure(.shuttingDown)) }
    }

    private func perform(_ job: Job) async {
        let result = await self.generate(job)
        self.state.withLock { state in
            if state.generations[job.key] === job.generation { state.generations[job.key] = nil }
        }
        job.generation.finish(result)
    }

    private func generate(_ job: Job) async -> Result<Void, ServiceError> {
        do {
            let pending = try await job.enter()
            guard job.generation.attach(pending) else { return .failure(.callerLeft) }
            let exchange = try await pending.open()
            job.generation.opened(
                SharedGeneration.Opening(
                    engine: exchange.engine,
                    at: self.clock.now,
                    loadTime: exchange.entry.loadTime,
                    isWarm: exchange.entry.isWarm ?? false,
                    notices: exchange.notices
                )
            )
            while await job.generation.untilWanted() {
                guard let event = try await exchange.next() else {
                    exchange.complete()
                    return .success(())
                }
                var events = [event]
                while let event = try exchange.buffered() { events.append(event) }
                job.generation.append(events)
            }
            exchange.fail(ServiceError.callerLeft as ServiceError)
            return .failure(.callerLeft)
        } catch {
            return .failure((error as? ServiceError) ?? .shuttingDown)
        }
    }
}
