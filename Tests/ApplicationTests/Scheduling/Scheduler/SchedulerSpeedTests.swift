import Application
import Domain
import Testing

@Suite("The speed of the scheduler")
struct SchedulerSpeedTests {
    @Test("A decision does not look at all that wait")
    func decision() throws {
        func microseconds(waiting: Int) throws -> Double {
            var settings = SchedulerSettings()
            settings.chat.maxQueueSize = 100_000
            settings.chat.timeout = .seconds(1_000_000)
            let models = try (0..<4).map { try ModelName("m\($0)") }
            let shares = try (0..<100).map { ProjectShare(name: try ProjectName("p\($0)"), weight: Double(1 + $0 % 4)) }
            let engine = EngineName("local")
            var scheduler = Scheduler(settings: settings)
            var now = MonotonicInstant(nanoseconds: 0)
            var next = 0
            var running: [TicketID] = []
            func take(_ actions: [SchedulerAction]) {
                for case .grant(let id, _) in actions { running.append(id) }
            }
            func ticket() -> SchedulerTicket {
                next += 1
                return SchedulerTicket(
                    id: TicketID(next),
                    project: shares[next * 7 % 100],
                    requestClass: RequestClass.allCases[next % 3],
                    model: models[next * 5 % 4],
                    engines: [engine]
                )
            }
            let capacity = EngineCapacity(parallel: 8, maxLoadedModels: 4)
            take(scheduler.handle(.engineUp(engine, capacity, loaded: models), at: now))
            while scheduler.counts.waiting < waiting { take(scheduler.handle(.arrived(ticket()), at: now)) }
            let count = 5_000
            let time = ContinuousClock().measure {
                for index in 0..<count {
                    now = now.advanced(by: .milliseconds(10))
                    take(scheduler.handle(.arrived(ticket()), at: now))
                    let ended = running.remove(at: index % running.count)
                    take(scheduler.handle(.released(ended, nil), at: now))
                }
            }
            #expect(scheduler.counts.waiting == waiting)
            return Double(time.nanoseconds) / 1_000 / Double(2 * count)
        }
        let few = try microseconds(waiting: 100)
        let many = try microseconds(waiting: 10_000)
        print("microseconds a decision: \(few) with 100 waiting, \(many) with 10,000")
        #expect(many < 500)
    }
}
