import Domain
import Testing

@testable import Application

@Suite("Tickets that come back")
struct EarlierWaitTests {
    @Test("A ticket whose engine failed keeps its place in time, and the time that it has waited counts")
    func keepsItsPlace() throws {
        var settings = SchedulerSettings()
        settings.chat.timeout = .seconds(100)
        var scheduler = Scheduler(settings: settings)
        let (engine, model) = (EngineName("e"), try ModelName("m"))
        func at(_ seconds: Int) -> MonotonicInstant { MonotonicInstant(nanoseconds: Int64(seconds) * 1_000_000_000) }
        func ticket(_ number: Int, _ earlier: EarlierWait? = nil) -> SchedulerTicket {
            SchedulerTicket(
                id: TicketID(number),
                project: ProjectShare(name: .default),
                model: model,
                engines: [engine],
                earlier: earlier
            )
        }
        _ = scheduler.handle(.engineUp(engine, EngineCapacity(), loaded: [model]), at: at(0))
        #expect(scheduler.handle(.arrived(ticket(1)), at: at(0)) == [.grant(TicketID(1), engine)])
        #expect(scheduler.handle(.arrived(ticket(2)), at: at(1)).isEmpty)
        #expect(scheduler.handle(.arrived(ticket(3)), at: at(2)).isEmpty)
        let back = EarlierWait(arrival: at(0), waited: .seconds(40))
        #expect(scheduler.handle(.arrived(ticket(4, back)), at: at(3)).isEmpty)
        #expect(scheduler.handle(.released(TicketID(1), nil), at: at(4)) == [.grant(TicketID(4), engine)])
        let again = EarlierWait(arrival: at(0), waited: .seconds(90))
        #expect(scheduler.handle(.arrived(ticket(5, again)), at: at(5)).isEmpty)
        #expect(scheduler.handle(.tick, at: at(14)).isEmpty)
        #expect(scheduler.handle(.tick, at: at(15)) == [.expire(TicketID(5), .queueTimeout)])
        #expect(scheduler.handle(.released(TicketID(4), nil), at: at(16)) == [.grant(TicketID(2), engine)])
    }
}
