import Application
import Domain
import SchedulerLoad

extension Benchmark {
    /// Who may call, and who runs when.
    static var ofDecisions: [Benchmark] {
        [
            Benchmark("key-look-up") {
                let hashing = LibCryptoHashing()
                let registry = ProjectRegistry(
                    ProjectRegistry.Settings(
                        projects: try Inputs.projects.map { project in
                            .init(project: project, keyHashes: [hashing.hash(of: "so_\(project.name)_key")])
                        },
                        maxUnregistered: 100,
                        allowsAnonymous: false,
                        isLocal: false
                    ),
                    hashing: hashing,
                    clock: SteppingClock()
                )
                return { try registry.caller(key: "so_project-42_key").hasKey ? 1 : 0 }
            },
            Benchmark("limits-reserve-settle") {
                let keeper = LimitKeeper(clock: SteppingClock())
                let (projects, model) = (try Inputs.projects, try Inputs.model)
                var turn = 0
                return {
                    turn = (turn + 1) % projects.count
                    let estimate = LimitKeeper.Estimate(promptTokens: 301, maxTokens: 256)
                    let reservation = try keeper.reserve(projects[turn], model: model, estimate)
                    reservation.settle(.init(tokens: 421, answerTokens: 120))
                    return turn
                }
            },
            Benchmark("scheduler-free") {
                // One of 32 slots is free whenever a ticket arrives.
                var load = try SchedulerLoad(Scheduler(settings: .endless), engines: 1, waiting: -16)
                return { load.step() }
            },
            Benchmark("scheduler-10000-waiting") {
                var load = try SchedulerLoad(Scheduler(settings: .endless), engines: 1, waiting: 10_000)
                return { load.step() }
            },
        ]
    }
}
