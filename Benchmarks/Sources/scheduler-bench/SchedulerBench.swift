import Application
import Domain

/// Measures decisions of the scheduler, and of first-in-first-out, while many tickets wait.
///
/// A decision is one event and the actions that follow: in turn the arrival of a ticket and the end of a run, which starts
/// another one, so that as many wait at the end as at the beginning.
@main
struct SchedulerBench {
    static func main() throws {
        print("microseconds a decision, the best of 5 rounds")
        print(Self.row(["waiting", "engines", "shared-ollama", "first-in-first-out"]))
        for (engines, waiting) in [(1, 100), (1, 1_000), (1, 10_000), (1, 100_000), (20, 10_000), (200, 10_000)] {
            var settings = SchedulerSettings()
            settings.chat.maxQueueSize = .max
            settings.chat.timeout = .seconds(1_000_000)
            let shared = try Self.measure(Scheduler(settings: settings), engines: engines, waiting: waiting)
            let plain = try Self.measure(FIFOScheduler(settings: settings), engines: engines, waiting: waiting)
            print(Self.row(["\(waiting)", "\(engines)", Self.text(shared), Self.text(plain)]))
        }
    }

    /// Four models, all loaded, eight slots of each on every engine; a hundred projects of all classes.
    private static func measure(_ policy: some SchedulingPolicy, engines: Int, waiting: Int) throws -> Double {
        var world = World(policy, try WorldNames(engines: engines), waiting: waiting)
        var best = Double.infinity
        for _ in 0..<5 { best = min(best, world.round(decisions: 20_000)) }
        return best
    }

    private static func row(_ cells: [String]) -> String {
        cells.map { String(repeating: " ", count: max(0, 20 - $0.count)) + $0 }.joined()
    }

    private static func text(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}

/// Who takes part.
struct WorldNames {
    let engines: [EngineName]
    let models: [ModelName]
    let shares: [ProjectShare]

    init(engines: Int) throws {
        self.engines = (0..<engines).map { EngineName("engine-\($0)") }
        self.models = try (0..<4).map { try ModelName("model-\($0)") }
        self.shares = try (0..<100).map {
            ProjectShare(name: try ProjectName("project-\($0)"), weight: Double(1 + $0 % 4))
        }
    }
}

/// A policy under a load that never ends.
struct World<Policy: SchedulingPolicy> {
    private var policy: Policy
    private let names: WorldNames
    private var now = MonotonicInstant(nanoseconds: 0)
    private var running: [TicketID] = []
    private var next = 0

    init(_ policy: Policy, _ names: WorldNames, waiting: Int) {
        self.policy = policy
        self.names = names
        let capacity = EngineCapacity(parallel: 8, maxLoadedModels: 4)
        for engine in names.engines { self.handle(.engineUp(engine, capacity, loaded: names.models)) }
        for _ in 0..<(waiting + 32 * names.engines.count) { self.handle(.arrived(self.ticket())) }
    }

    /// The microseconds of a decision, over a number of them.
    mutating func round(decisions: Int) -> Double {
        let time = ContinuousClock().measure {
            for _ in 0..<decisions / 2 {
                self.now = self.now.advanced(by: .milliseconds(10))
                self.handle(.arrived(self.ticket()))
                self.handle(.released(self.running.remove(at: self.next % self.running.count), nil))
            }
        }
        return Double(time.nanoseconds) / 1_000 / Double(decisions)
    }

    private mutating func ticket() -> SchedulerTicket {
        self.next += 1
        return SchedulerTicket(
            id: TicketID(self.next),
            project: self.names.shares[self.next * 7 % 100],
            requestClass: RequestClass.allCases[self.next % 3],
            model: self.names.models[self.next * 5 % 4],
            engines: self.names.engines
        )
    }

    private mutating func handle(_ event: SchedulerEvent) {
        for case .grant(let id, _) in self.policy.handle(event, at: self.now) { self.running.append(id) }
    }
}
