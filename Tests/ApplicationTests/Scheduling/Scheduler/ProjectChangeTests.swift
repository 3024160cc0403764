import Application
import Domain
import TestSupport
import Testing

@Suite("Projects whose limits change while they wait")
struct ProjectChangeTests {
    private let model = try! ModelName("m")

    private func bench(_ slots: Int = 1) -> SchedulerBench {
        SchedulerBench(capacity: EngineCapacity(parallel: slots), loaded: [self.model])
    }

    @Test("A higher concurrency starts at once what it had held back; a lower one holds back what waits")
    func concurrency() throws {
        var bench = self.bench(4)
        let name = try ProjectName("a")
        for _ in 0..<4 { bench.arrive(try bench.ticket("a", concurrency: 1)) }
        #expect(bench.starts.count == 1)
        bench.handle(.projectChanged(ProjectShare(name: name, concurrency: 3)))
        #expect(bench.starts.count == 3)
        bench.handle(.projectChanged(ProjectShare(name: name, concurrency: 1)))
        bench.handle(.released(bench.starts[0], nil))
        bench.handle(.released(bench.starts[1], nil))
        #expect(bench.starts.count == 3)
        bench.handle(.released(bench.starts[2], nil))
        #expect(bench.starts.count == 4)
    }

    @Test("Another weight counts for those who wait already")
    func weight() throws {
        var bench = self.bench()
        for name in ["a", "b"] { for _ in 0..<300 { bench.arrive(try bench.ticket(name)) } }
        bench.handle(.projectChanged(ProjectShare(name: try ProjectName("a"), weight: 4)))
        bench.run(until: 250)
        let (a, b) = (bench.seconds[try ProjectName("a")] ?? 0, bench.seconds[try ProjectName("b")] ?? 0)
        #expect((3...4.5).contains(a / b), "\(a) s and \(b) s")
    }

    @Test("In a full queue the present weight decides who has to go")
    func fullQueue() throws {
        var settings = SchedulerSettings()
        settings.chat.maxQueueSize = 6
        var bench = SchedulerBench(settings: settings, loaded: [self.model])
        bench.arrive(try bench.ticket("holder"))
        let heavy = try (0..<4).map { _ in try bench.ticket("heavy", weight: 8) }
        for ticket in heavy { bench.arrive(ticket) }
        for _ in 0..<2 { bench.arrive(try bench.ticket("light")) }
        bench.handle(.projectChanged(ProjectShare(name: try ProjectName("heavy"), weight: 0.5)))
        bench.arrive(try bench.ticket("light"))
        #expect(bench.actions.last == .refuse(heavy[3].id, .queueFull))
    }

    @Test("A ticket that comes back does not bring back what held when it came first")
    func comeback() throws {
        var bench = self.bench(2)
        let name = try ProjectName("a")
        let first = try bench.ticket("a", concurrency: 1)
        bench.arrive(first)
        bench.handle(.projectChanged(ProjectShare(name: name, concurrency: 2)))
        bench.arrive(try bench.ticket("a", concurrency: 2))
        #expect(bench.starts.count == 2)
        bench.handle(.released(first.id, nil))
        var again = bench.again(first)
        again.earlier = EarlierWait(arrival: bench.now, waited: .zero)
        bench.arrive(again)
        #expect(bench.starts.count == 3)
    }

    @Test("Of a project that nobody knows nothing is kept")
    func unknown() throws {
        var bench = self.bench()
        bench.handle(.projectChanged(ProjectShare(name: try ProjectName("a"), weight: 4)))
        #expect(bench.actions.isEmpty && bench.scheduler.counts.projects == 0)
    }

    @Test("The position of a ticket behind many others of its project is told without looking at each of them")
    func position() throws {
        func microseconds(waiting: Int) throws -> Double {
            var settings = SchedulerSettings()
            settings.chat.maxQueueSize = .max
            var bench = SchedulerBench(settings: settings, loaded: [self.model])
            let tickets = try (0...waiting).map { _ in try bench.ticket("a") }
            for ticket in tickets { bench.arrive(ticket) }
            // The shortest of several: in the others somebody else had the core.
            let times = (0..<7).map { _ in
                ContinuousClock().measure {
                    for number in tickets.indices.suffix(50) {
                        let standing = bench.scheduler.standing(of: tickets[number].id, at: bench.now)
                        #expect(standing?.position == number)
                    }
                }
            }
            return Double(times.min()?.nanoseconds ?? 0) / 50_000
        }
        _ = try microseconds(waiting: 100)
        let (few, many) = (try microseconds(waiting: 100), try microseconds(waiting: 20_000))
        // Two hundred times as many; looking at each would take about as many times as long.
        #expect(many < 20 * few, "\(few) µs, with 20,000 waiting \(many) µs")
    }
}
