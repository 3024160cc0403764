import Application
import Domain
import Testing

/// Tickets of work for which nobody waits.
@Suite("Background tickets")
struct BackgroundTicketTests {
    private func background(_ bench: inout SchedulerBench, _ project: String = "night") throws -> SchedulerTicket {
        var ticket = try bench.ticket(project, class: .batch, bytes: 1_000_000)
        ticket.isBackground = true
        return ticket
    }

    @Test("They take no place in the queue, and no bytes of what may wait")
    func queue() throws {
        var settings = SchedulerSettings()
        settings.chat.maxQueueSize = 1
        settings.maxWaitingBytes = 10
        var bench = SchedulerBench(settings: settings, loaded: [try ModelName("m")])
        for _ in 0..<5 { bench.arrive(try self.background(&bench)) }
        let newcomer = try bench.ticket("day", bytes: 10)
        bench.arrive(newcomer)
        #expect(!bench.actions.contains { if case .refuse = $0 { true } else { false } })
        #expect(bench.scheduler.counts.waiting == 5 && bench.scheduler.counts.waitingBytes == 10)
        #expect(bench.scheduler.counts(of: .chat).waiting == 1)
        bench.run()
        #expect(bench.starts.count == 6 && bench.waits[newcomer.id] == .seconds(1))
        #expect(bench.scheduler.counts.waitingBytes == 0 && bench.scheduler.isIdle)
    }

    @Test("They wait for as long as they have to, and never count as a higher class")
    func patience() throws {
        var settings = SchedulerSettings()
        settings.batchShare = 0
        settings.chat.timeout = .seconds(10)
        settings.ageing = .seconds(5)
        var bench = SchedulerBench(settings: settings, loaded: [try ModelName("m")])
        bench.onEnd = { bench, ticket in
            if ticket.requestClass == .normal, bench.now.nanoseconds < 1_000_000_000_000 {
                bench.arrive(bench.again(ticket))
            }
        }
        for _ in 0..<3 { bench.arrive(try bench.ticket("day")) }
        let waiting = try self.background(&bench)
        bench.arrive(waiting)
        bench.run(until: 999)
        #expect(bench.waits[waiting.id] == nil && bench.scheduler.counts.waiting == 3)
        bench.run()
        #expect(bench.waits[waiting.id] != nil, "it runs once the others leave something")
        #expect(bench.scheduler.isIdle)
    }

    @Test("While they fill every gap, nobody of a higher class waits longer than for one more run")
    func interactive() throws {
        /// The waits of a person who comes now and then, sorted.
        func waits(withBatch: Bool) throws -> [Duration] {
            var bench = SchedulerBench(capacity: .init(parallel: 2), loaded: [try ModelName("m")])
            bench.onEnd = { bench, ticket in
                if ticket.isBackground { bench.arrive(bench.again(ticket, isBackground: true)) }
            }
            if withBatch { for _ in 0..<4 { bench.arrive(try self.background(&bench)) } }
            var people: [TicketID] = []
            for number in 0..<400 {
                let ticket = try bench.ticket("person", class: .interactive)
                people.append(ticket.id)
                // Uneven gaps: sometimes three come together.
                bench.arrive(ticket, after: 0.01 + Double(number) * 0.9 - Double(number % 3) * 0.7)
            }
            bench.run(until: 500)
            #expect(people.allSatisfy { bench.waits[$0] != nil })
            return people.compactMap { bench.waits[$0] }.sorted()
        }
        let (with, without) = (try waits(withBatch: true), try waits(withBatch: false))
        let place = with.count * 95 / 100
        #expect(with[place] <= without[place] + .seconds(1), "\(with[place]) and \(without[place])")
    }
}
