import Application
import Domain
import Testing

/// Several engines and models: what is given in one place is not held against a project in another.
@Suite("Fairness between projects that do not always meet")
struct SchedulerFairnessTests {
    private let a = EngineName("a")
    private let b = EngineName("b")

    private func bench(
        _ loaded: [(EngineName, [String])],
        _ capacity: EngineCapacity = .init()
    ) throws -> SchedulerBench {
        var settings = SchedulerSettings()
        settings.chat.timeout = .seconds(1_000_000)
        settings.ageing = .seconds(1_000_000)
        var bench = SchedulerBench(settings: settings, capacity: .init(parallel: 0))
        for (name, models) in loaded {
            bench.handle(.engineUp(name, capacity, loaded: try models.map { try ModelName($0) }))
        }
        bench.onEnd = { bench, ticket in bench.arrive(bench.again(ticket)) }
        return bench
    }

    private func ticket(
        _ bench: inout SchedulerBench,
        _ project: String,
        _ model: String,
        on engines: [EngineName],
        weight: Double = 1,
        class requestClass: RequestClass = .normal
    ) throws -> SchedulerTicket {
        var ticket = try bench.ticket(project, weight: weight, class: requestClass, model: model)
        ticket.engines = engines
        return ticket
    }

    @Test("A project that has had an engine for itself does not wait longer for another one")
    func aloneElsewhere() throws {
        var bench = try self.bench([(self.a, ["x"]), (self.b, ["y"])])
        for _ in 0..<3 {
            bench.arrive(try self.ticket(&bench, "wide", "x", on: [self.a]))
            bench.arrive(try self.ticket(&bench, "narrow", "y", on: [self.b], weight: 4))
        }
        bench.run(until: 3_600)
        let late = try self.ticket(&bench, "wide", "y", on: [self.b])
        bench.arrive(late)
        bench.run(until: 3_700)
        #expect(bench.waits[late.id].map { $0 <= .seconds(2) } ?? false, "\(String(describing: bench.waits[late.id]))")
    }

    @Test("A project that has worked on a busier engine does not come back to its own one as a debtor")
    func visit() throws {
        var bench = try self.bench([(self.a, ["x"]), (self.b, ["y"])])
        for _ in 0..<3 {
            bench.arrive(try self.ticket(&bench, "wide", "x", on: [self.a]))
            bench.arrive(try self.ticket(&bench, "one", "y", on: [self.b], weight: 4))
            bench.arrive(try self.ticket(&bench, "two", "y", on: [self.b], weight: 4))
        }
        bench.run(until: 3_600)
        bench.arrive(try self.ticket(&bench, "one", "x", on: [self.a], weight: 4))
        bench.run(until: 3_650)
        let before = bench.seconds
        bench.run(until: 3_850)
        let name = try ProjectName("two")
        let got = (bench.seconds[name] ?? 0) - (before[name] ?? 0)
        // It gets its half of the one engine, and not all of it because the other has been given more elsewhere.
        #expect((95...105).contains(got), "\(got)")
    }

    @Test("Who comes to a model does not wait until its users have caught up with those of another model")
    func ownSlots() throws {
        var bench = try self.bench([(self.a, ["x", "y"])], .init(maxLoadedModels: 2))
        for _ in 0..<3 {
            bench.arrive(try self.ticket(&bench, "light", "y", on: [self.a], weight: 0.25))
            bench.arrive(try self.ticket(&bench, "heavy", "x", on: [self.a], weight: 4))
        }
        bench.run(until: 3_600)
        let late = try self.ticket(&bench, "late", "x", on: [self.a])
        bench.arrive(late)
        bench.run(until: 3_700)
        #expect(bench.waits[late.id].map { $0 <= .seconds(2) } ?? false, "\(String(describing: bench.waits[late.id]))")
    }

    @Test("Models that begin to compete for an engine's slots share them soon, however far apart they have come")
    func drift() throws {
        var bench = try self.bench([(self.a, ["x", "y"])], .init(parallel: 2, maxLoadedModels: 2, total: 2))
        // One caller each: both slots are used, and nobody waits.
        bench.arrive(try self.ticket(&bench, "light", "y", on: [self.a], weight: 0.25))
        bench.arrive(try self.ticket(&bench, "heavy", "x", on: [self.a], weight: 4))
        bench.run(until: 3_600)
        for _ in 0..<4 { bench.arrive(try self.ticket(&bench, "heavy", "x", on: [self.a], weight: 4)) }
        bench.run(until: 6_000)
        let before = bench.seconds
        bench.run(until: 8_000)
        let name = try ProjectName("light")
        let got = (bench.seconds[name] ?? 0) - (before[name] ?? 0)
        #expect(abs(got / 4_000 - 0.25 / 4.25) < 0.02, "\(got) of 4000 s")
    }

    @Test("What batches are owed on one engine is not taken from those who wait for another")
    func batchShareElsewhere() throws {
        var loaded: [(EngineName, [String])] = [(self.b, ["x", "y"])]
        for number in 0..<40 { loaded.append((EngineName("e\(number)"), ["x"])) }
        var bench = try self.bench(loaded, .init(parallel: 1, maxLoadedModels: 2, total: 1))
        let many = loaded.dropFirst().map(\.0)
        for _ in 0..<80 { bench.arrive(try self.ticket(&bench, "crowd", "x", on: many, class: .interactive)) }
        for _ in 0..<3 {
            bench.arrive(try self.ticket(&bench, "person", "x", on: [self.b], class: .interactive))
            bench.arrive(try self.ticket(&bench, "night", "y", on: [self.b], class: .batch))
        }
        bench.run(until: 400)
        let name = try ProjectName("night")
        let before = bench.seconds[name] ?? 0
        bench.run(until: 1_400)
        let batch = (bench.seconds[name] ?? 0) - before
        #expect((40...55).contains(batch), "\(batch) of 1000 s")
    }
}
