public import Application
import Domain

/// A policy under a load that never ends: four models, all loaded, eight slots of each on every engine; a hundred projects
/// of all classes.
public struct SchedulerLoad<Policy: SchedulingPolicy> {
    private var policy: Policy
    private let engines: [EngineName]
    private let models: [ModelName]
    private let shares: [ProjectShare]
    private var now = MonotonicInstant(nanoseconds: 0)
    private var running: [TicketID] = []
    private var next = 0

    /// Lets so many tickets arrive that all slots are taken and so many wait.
    ///
    /// - Parameters:
    ///   - policy: who decides.
    ///   - engines: how many engines there are.
    ///   - waiting: how many wait; where it is negative, so many slots are left free.
    /// - Throws: nothing, for all names are right.
    public init(_ policy: Policy, engines: Int, waiting: Int) throws {
        self.policy = policy
        self.engines = (0..<engines).map { EngineName("engine-\($0)") }
        self.models = try (0..<4).map { try ModelName("model-\($0)") }
        self.shares = try (0..<100).map {
            ProjectShare(name: try ProjectName("project-\($0)"), weight: Double(1 + $0 % 4))
        }
        let capacity = EngineCapacity(parallel: 8, maxLoadedModels: 4)
        for engine in self.engines { self.handle(.engineUp(engine, capacity, loaded: self.models)) }
        for _ in 0..<(waiting + 32 * engines) { self.handle(.arrived(self.ticket())) }
    }

    /// Two decisions: the arrival of a ticket and the end of a run, so that as many wait afterwards as before.
    ///
    /// - Returns: how many run.
    @discardableResult
    public mutating func step() -> Int {
        self.now = self.now.advanced(by: .milliseconds(10))
        self.handle(.arrived(self.ticket()))
        self.handle(.released(self.running.remove(at: self.next % self.running.count), nil))
        return self.running.count
    }

    private mutating func ticket() -> SchedulerTicket {
        self.next += 1
        return SchedulerTicket(
            id: TicketID(self.next),
            project: self.shares[self.next * 7 % 100],
            requestClass: RequestClass.allCases[self.next % 3],
            model: self.models[self.next * 5 % 4],
            engines: self.engines
        )
    }

    private mutating func handle(_ event: SchedulerEvent) {
        for case .grant(let id, _) in self.policy.handle(event, at: self.now) { self.running.append(id) }
    }
}

extension SchedulerSettings {
    /// Settings by which everybody may wait, and for ever.
    public static var endless: SchedulerSettings {
        var settings = SchedulerSettings()
        settings.chat.maxQueueSize = .max
        settings.chat.timeout = .seconds(1_000_000)
        return settings
    }
}
