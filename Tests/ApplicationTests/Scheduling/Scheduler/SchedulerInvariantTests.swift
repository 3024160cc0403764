import Application
import Domain
import TestSupport
import Testing

/// The invariants of `docs/architecture.md`, each over random worlds in virtual time.
@Suite("The invariants of the scheduler")
struct SchedulerInvariantTests {
    /// Events of each test, in five worlds; together they are more than a hundred thousand.
    static let events = 15_000

    private func run(
        _ options: RandomWorld.Options = .init(),
        checking: (inout RandomWorld) -> Void = { _ in }
    ) throws -> [RandomWorld] {
        try (0..<5).map { _ in
            var seeds = SystemRandomNumberGenerator()
            let seed = seeds.next()
            print("seed \(seed)")
            var world = try RandomWorld(seed: seed, options: options)
            world.run(Self.events / 5, checking: checking)
            #expect(world.log.faults.isEmpty, "seed \(seed): \(world.log.faults)")
            return world
        }
    }

    @Test("1: slots of models, engines, projects and queues are never exceeded")
    func slots() throws {
        // Every grant of every world is checked; this one has the tightest limits.
        var options = RandomWorld.Options()
        options.engines = 1
        #expect(try self.run(options).allSatisfy { $0.log.arrived > 500 })
    }

    @Test("2: every ticket ends once, and then all counters are zero")
    func nothingIsLost() throws {
        for world in try self.run() {
            let counts = world.scheduler.counts
            #expect(counts.waiting == 0 && counts.running == 0 && counts.waitingBytes == 0, "\(counts)")
            #expect(counts.flows == 0 && counts.projects == 0 && counts.lines == 0, "\(counts)")
            #expect(world.log.ends.count == world.log.arrived)
        }
    }

    @Test("2 and 4: where nothing fails and nobody gives up, everybody is served in the end")
    func everybodyIsServed() throws {
        var options = RandomWorld.Options()
        options.failures = false
        options.cancels = false
        options.deadlines = false
        options.queueLimits = false
        for world in try self.run(options) {
            #expect(world.scheduler.isIdle && world.log.waiting.isEmpty)
            #expect(world.log.ends.values.allSatisfy { $0 == .released }, "\(world.log.ends.count)")
        }
    }

    @Test("3: no slot stays free that a waiting ticket may use")
    func workConserving() throws {
        for engines in [2, 5] {
            var options = RandomWorld.Options()
            options.engines = engines
            _ = try self.run(options)
        }
    }

    @Test("4: no unaged ticket of a lower class overtakes, and who is alone in its class is next")
    func noStarvation() throws {
        var options = RandomWorld.Options()
        options.batchShare = 0
        _ = try self.run(options)
        options.batchShare = 0.05
        for world in try self.run(options) {
            #expect(world.log.overtaken <= world.log.ends.count / 10, "more than the share of batches went first")
        }
    }

    @Test(
        "4: past its ageing bound a ticket gets its turn among those of the class above, and not before",
        arguments: [
            (RequestClass.normal, RequestClass.interactive, 60.0), (.batch, .normal, 60), (.batch, .interactive, 120),
        ]
    )
    func ageing(_ own: RequestClass, _ busy: RequestClass, _ bound: Double) throws {
        for weight in [0.5, 1, 4] {
            var settings = SchedulerSettings()
            settings.batchShare = 0
            settings.chat.timeout = .seconds(1_000)
            let model = try ModelName("m")
            var bench = SchedulerBench(settings: settings, loaded: [model])
            bench.onEnd = { bench, ticket in
                if ticket.requestClass == busy { bench.arrive(bench.again(ticket)) }
            }
            for _ in 0..<20 { bench.arrive(try bench.ticket("busy", class: busy)) }
            bench.run(until: 10)
            let late = try bench.ticket("late", weight: weight, class: own)
            bench.arrive(late)
            bench.run(until: 400)
            let wait = try #require(bench.waits[late.id]?.inSeconds, "it never ran")
            // The run under way, and one of the other project.
            #expect((bound...bound + 2).contains(wait), "\(wait) s")
        }
    }

    @Test("5: slot-seconds of busy projects are as their weights, within one run a project", arguments: 1...4)
    func proportional(slots: Int) throws {
        var seeds = SystemRandomNumberGenerator()
        let seed = seeds.next()
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let model = try ModelName("m")
        var bench = SchedulerBench(capacity: .init(parallel: slots), loaded: [model])
        // Of different length, or as many runs as the weights say would be right as well.
        bench.length = { Double.random(in: $0.project.weight == 2.5 ? 1.5...2 : 0.5...1, using: &random) }
        bench.onEnd = { bench, ticket in bench.arrive(bench.again(ticket)) }
        let weights = ["a": 1.0, "b": 2.5, "c": 4, "d": 1]
        for (name, weight) in weights.sorted(by: { $0.key < $1.key }) {
            for _ in 0..<20 { bench.arrive(try bench.ticket(name, weight: weight)) }
        }
        let sum = weights.values.reduce(0, +)
        bench.run(until: 50)
        for window in 1...20 {
            let before = bench.seconds
            bench.run(until: 50 + Double(window) * 200 / Double(slots))
            let parts = try weights.mapValues { _ in 0.0 }.map { key, _ in
                let name = try ProjectName(key)
                return (key, (bench.seconds[name] ?? 0) - (before[name] ?? 0))
            }
            let total = parts.reduce(0) { $0 + $1.1 }
            for (name, part) in parts {
                // A run at either end of the window, in each slot.
                let error = abs(part - total * (weights[name] ?? 1) / sum)
                #expect(
                    error <= 2 * 2 * Double(slots + 1),
                    "seed \(seed), window \(window): \(name) is off by \(error) s"
                )
            }
        }
    }

    @Test("6: work for a loaded model goes before a swap of the same class, up to the patience")
    func patience() throws {
        var options = RandomWorld.Options()
        options.engines = 1
        // More than any engine holds.
        options.models = 3...4
        options.failures = false
        let worlds = try self.run(options)
        #expect(worlds.contains { $0.log.drains > 10 })
    }

    @Test("7: a position grows only for a cause that has happened")
    func positions() throws {
        var options = RandomWorld.Options()
        options.engines = 2
        var grown = 0
        let worlds = try self.run(options) { world in
            for id in world.log.waiting.keys.sorted().prefix(4) {
                guard let standing = world.scheduler.standing(of: id, at: world.now) else { continue }
                if let before = world.told[id], standing.position > before.position {
                    grown += 1
                    let happened = standing.cause.map { world.log.happened($0, since: before.seen, to: id) } ?? false
                    if !happened { world.log.fault("\(id) moved back without a cause: \(standing)") }
                }
                if standing.position > world.log.waiting.count { world.log.fault("\(id) is behind everybody") }
                world.told[id] = (standing.position, world.log.seen)
            }
        }
        #expect(worlds.count == 5 && grown > 0)
    }

    @Test(
        "Ten thousand requests with cancels, deadlines, failures and dying engines: nothing is left, the next one runs"
    )
    func tenThousand() throws {
        var seeds = SystemRandomNumberGenerator()
        let seed = seeds.next()
        print("seed \(seed)")
        var world = try RandomWorld(seed: seed)
        world.run(25_000)
        #expect(world.log.faults.isEmpty, "seed \(seed): \(world.log.faults)")
        #expect(world.log.arrived >= 5_000)
        #expect(world.scheduler.isIdle)
        let model = try ModelName("next")
        let engine = EngineName("fresh")
        world.handle(.engineUp(engine, .init(), loaded: [model]))
        let share = ProjectShare(name: .default)
        let ticket = SchedulerTicket(id: TicketID(-1), project: share, model: model, engines: [engine])
        #expect(world.scheduler.handle(.arrived(ticket), at: world.now) == [.grant(ticket.id, engine)])
    }
}
