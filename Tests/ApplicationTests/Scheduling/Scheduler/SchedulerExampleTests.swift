import Application
import Domain
import TestSupport
import Testing

@Suite("What the scheduler promises, by example")
struct SchedulerExampleTests {
    private let model = try! ModelName("m")

    private func waits(_ bench: SchedulerBench, of ids: [TicketID]) -> [Double] {
        ids.compactMap { bench.waits[$0]?.inSeconds }.sorted()
    }

    @Test("Weights 1:2:4 that saturate one slot get slot-seconds within 5 %")
    func weights() throws {
        var random = SeededRandom(seed: 7)
        var bench = SchedulerBench(loaded: [self.model])
        bench.length = { Double.random(in: 0.1...3, using: &random) * ($0.project.weight == 2 ? 2 : 1) }
        bench.onEnd = { bench, ticket in bench.arrive(bench.again(ticket)) }
        for (name, weight) in [("a", 1.0), ("b", 2), ("c", 4)] {
            for _ in 0..<12 { bench.arrive(try bench.ticket(name, weight: weight)) }
        }
        bench.run(until: 5_000)
        let total = bench.seconds.values.reduce(0, +)
        for (name, weight) in [("a", 1.0), ("b", 2), ("c", 4)] {
            let part = (bench.seconds[try ProjectName(name)] ?? 0) / total
            #expect(abs(part / (weight / 7) - 1) < 0.05, "\(name) \(part)")
        }
    }

    @Test("A burst of 1,000 moves another project's p95 by no more than one request")
    func burst() throws {
        func p95(withBurst: Bool) throws -> Double {
            var settings = SchedulerSettings()
            settings.chat.maxQueueSize = 2000
            settings.chat.timeout = .seconds(100_000)
            var bench = SchedulerBench(settings: settings, loaded: [self.model])
            var ids: [TicketID] = []
            for index in 0..<200 {
                let ticket = try bench.ticket("steady")
                ids.append(ticket.id)
                bench.arrive(ticket, after: 10 + Double(index) * 2.3)
            }
            if withBurst { for _ in 0..<1000 { bench.arrive(try bench.ticket("burst")) } }
            bench.run()
            return self.waits(bench, of: ids)[190]
        }
        let quiet = try p95(withBurst: false)
        let loud = try p95(withBurst: true)
        #expect(loud - quiet <= 1, "\(quiet) s, with the burst \(loud) s")
    }

    @Test("A single interactive request during a full batch load waits no longer than the running request")
    func interactive() throws {
        for seconds in [3.3, 75.0, 130, 200.9] {
            var settings = SchedulerSettings()
            settings.chat.timeout = .seconds(100_000)
            var bench = SchedulerBench(settings: settings, loaded: [self.model])
            bench.length = { $0.requestClass == .batch ? 2 : 1 }
            for index in 0..<300 { bench.arrive(try bench.ticket("p\(index % 9)", class: .batch)) }
            let ticket = try bench.ticket("person", class: .interactive)
            bench.arrive(ticket, after: seconds)
            bench.run()
            #expect(bench.waits[ticket.id] ?? .seconds(9999) <= .seconds(2), "at \(seconds) s")
        }
    }

    @Test("Two models that do not fit together: five times fewer swaps than first-in-first-out, and bounded waits")
    func swaps() throws {
        var settings = SchedulerSettings()
        settings.ageing = .seconds(1_000)
        var bench = SchedulerBench(settings: settings)
        bench.loadSeconds = 5
        // Callers that always want more, some of each model: first-in-first-out would swap for every request.
        bench.onEnd = { bench, ticket in bench.arrive(bench.again(ticket)) }
        for index in 0..<8 { bench.arrive(try bench.ticket("p", model: index.isMultiple(of: 2) ? "x" : "y")) }
        bench.run(until: 3_600)
        #expect(bench.starts.count > 1_000)
        #expect(bench.loads * 5 < bench.starts.count, "\(bench.loads) loads for \(bench.starts.count) runs")
        let most = bench.waits.values.max() ?? .zero
        // The callers of one model are served one after the other: three of them are ahead of the last.
        #expect(most <= settings.patience + .seconds(1 + 3), "\(most)")
    }

    @Test("A newcomer of a lighter project displaces the newest ticket of the heaviest; else it is refused")
    func displacement() throws {
        var settings = SchedulerSettings()
        settings.chat.maxQueueSize = 3
        var bench = SchedulerBench(settings: settings, loaded: [self.model])
        bench.arrive(try bench.ticket("heavy"))
        let heavy = try (0..<3).map { _ in try bench.ticket("heavy") }
        for ticket in heavy { bench.arrive(ticket) }
        let another = try bench.ticket("heavy")
        bench.arrive(another)
        #expect(bench.actions.last == .refuse(another.id, .queueFull))
        let light = try bench.ticket("light")
        bench.arrive(light)
        #expect(bench.actions.last == .refuse(heavy[2].id, .queueFull))
        bench.run()
        #expect(bench.waits[light.id] == .seconds(1))
    }

    @Test("What waits may not take more memory than allowed")
    func bytes() throws {
        var settings = SchedulerSettings()
        settings.maxWaitingBytes = 100
        var bench = SchedulerBench(settings: settings, loaded: [self.model])
        bench.arrive(try bench.ticket("a", bytes: 1_000))
        bench.arrive(try bench.ticket("a", bytes: 60))
        let large = try bench.ticket("b", bytes: 60)
        bench.arrive(large)
        #expect(bench.actions.last == .refuse(large.id, .queueFull))
        #expect(bench.scheduler.counts.waitingBytes == 60)
    }

    @Test("A model that cannot load is refused for itself, and tried again later")
    func loadFailure() throws {
        var scheduler = Scheduler()
        var bench = SchedulerBench()
        let engine = SchedulerBench.engine
        let zero = MonotonicInstant(nanoseconds: 0)
        _ = scheduler.handle(.engineUp(engine, .init(), loaded: []), at: zero)
        let first = try bench.ticket("a", model: "bad")
        #expect(scheduler.handle(.arrived(first), at: zero) == [.load(first.model, engine)])
        #expect(
            scheduler.handle(.loadFailed(first.model, engine), at: zero) == [.refuse(first.id, .modelUnavailable)]
        )
        let second = try bench.ticket("a", model: "bad")
        #expect(scheduler.handle(.arrived(second), at: zero) == [.refuse(second.id, .modelUnavailable)])
        let later = zero.advanced(by: .seconds(31))
        let third = try bench.ticket("a", model: "bad")
        #expect(scheduler.handle(.arrived(third), at: later) == [.load(third.model, engine)])
    }

    @Test("The least busy engine that has the model is taken, then one that can load it")
    func engines() throws {
        var scheduler = Scheduler()
        var bench = SchedulerBench()
        let zero = MonotonicInstant(nanoseconds: 0)
        let names = ["a", "b", "c"].map { EngineName($0) }
        for name in names.prefix(2) {
            _ = scheduler.handle(.engineUp(name, .init(parallel: 2), loaded: [self.model]), at: zero)
        }
        _ = scheduler.handle(.engineUp(names[2], .init(parallel: 2), loaded: []), at: zero)
        var granted: [EngineName] = []
        for _ in 0..<5 {
            var ticket = try bench.ticket("p")
            ticket.engines = names
            for case .grant(_, let engine) in scheduler.handle(.arrived(ticket), at: zero) { granted.append(engine) }
        }
        #expect(granted == [names[0], names[1], names[0], names[1]])
        var other = try bench.ticket("p", model: "other")
        other.engines = names
        #expect(scheduler.handle(.arrived(other), at: zero) == [.load(other.model, names[2])])
    }

    @Test("An idle project has earned nothing: it does not get the time back in which it wanted nothing")
    func noCredit() throws {
        var settings = SchedulerSettings()
        settings.chat.timeout = .seconds(100_000)
        var bench = SchedulerBench(settings: settings, loaded: [self.model])
        for _ in 0..<400 { bench.arrive(try bench.ticket("busy")) }
        bench.run(until: 200)
        let late = try (0..<20).map { _ in try bench.ticket("late") }
        for ticket in late { bench.arrive(ticket) }
        bench.run(until: 240.5)
        #expect(late.filter { bench.waits[$0.id] != nil }.count == 20)
        #expect(abs((bench.waits[late[19].id]?.inSeconds ?? 0) - 39) <= 2)
    }

    @Test("A batch ticket gets its share while others keep the slot, and not more")
    func batchShare() throws {
        var settings = SchedulerSettings()
        settings.chat.timeout = .seconds(100_000)
        settings.ageing = .seconds(100_000)
        settings.batchShare = 0.1
        var bench = SchedulerBench(settings: settings, loaded: [self.model])
        bench.onEnd = { bench, ticket in bench.arrive(bench.again(ticket)) }
        for _ in 0..<3 {
            bench.arrive(try bench.ticket("person", class: .interactive))
            bench.arrive(try bench.ticket("night", class: .batch))
        }
        bench.run(until: 2_000)
        let batch = bench.seconds[try ProjectName("night")] ?? 0
        #expect((180...202).contains(batch), "\(batch)")
    }
}
