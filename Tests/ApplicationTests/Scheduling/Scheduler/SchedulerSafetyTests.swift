import Application
import Domain
import TestSupport
import Testing

/// What the scheduler does when engines, and those who report about them, do not keep to the rules.
@Suite("The scheduler among unreliable engines")
struct SchedulerSafetyTests {
    private let zero = MonotonicInstant(nanoseconds: 0)
    private let a = EngineName("a")
    private let b = EngineName("b")
    private let x = try! ModelName("x")
    private let y = try! ModelName("y")

    private func at(_ seconds: Double) -> MonotonicInstant { self.zero.advanced(by: .seconds(seconds)) }

    private func ticket(
        _ number: Int,
        _ model: ModelName,
        on engines: [EngineName],
        project: String = "p",
        class requestClass: RequestClass = .normal,
        deadline: MonotonicInstant? = nil
    ) throws -> SchedulerTicket {
        SchedulerTicket(
            id: TicketID(number),
            project: ProjectShare(name: try ProjectName(project)),
            requestClass: requestClass,
            model: model,
            engines: engines,
            deadline: deadline
        )
    }

    @Test("A model that is loaded elsewhere is loaded for those who may not go there")
    func elsewhere() throws {
        var scheduler = Scheduler()
        _ = scheduler.handle(.engineUp(self.a, .init(), loaded: [self.x]), at: self.zero)
        _ = scheduler.handle(.engineUp(self.b, .init(), loaded: []), at: self.zero)
        let ticket = try self.ticket(1, self.x, on: [self.b])
        #expect(scheduler.handle(.arrived(ticket), at: self.zero) == [.load(self.x, self.b)])
    }

    @Test("A ticket whose deadline has passed when it comes is not started")
    func lateDeadline() throws {
        var scheduler = Scheduler()
        _ = scheduler.handle(.engineUp(self.a, .init(), loaded: [self.x]), at: self.at(10))
        let ticket = try self.ticket(1, self.x, on: [self.a], deadline: self.at(9))
        #expect(scheduler.handle(.arrived(ticket), at: self.at(10)) == [.expire(ticket.id, .deadline)])
        #expect(scheduler.counts.lines == 0 && scheduler.isIdle)
    }

    @Test("A deadline or a time-out beyond all measure is one that never comes")
    func farDeadline() throws {
        var scheduler = Scheduler()
        scheduler.settings.chat.timeout = .seconds(Int64.max / 4)
        let far = self.at(5).advanced(by: .seconds(Int64.max / 4))
        let ticket = try self.ticket(1, self.x, on: [self.a], deadline: far)
        #expect(scheduler.handle(.arrived(ticket), at: self.at(5)) == [])
        #expect(scheduler.handle(.cancelled(ticket.id), at: self.at(6)) == [])
        #expect(scheduler.counts == SchedulerCounts())
    }

    @Test("A load of which nothing is heard any more does not block the engine for ever")
    func lostLoad() throws {
        var scheduler = Scheduler()
        scheduler.settings.changeLimit = .seconds(100)
        _ = scheduler.handle(.engineUp(self.a, .init(), loaded: []), at: self.zero)
        #expect(
            scheduler.handle(.arrived(try self.ticket(1, self.x, on: [self.a])), at: self.zero)
                == [.load(self.x, self.a)]
        )
        _ = scheduler.handle(.arrived(try self.ticket(2, self.y, on: [self.a])), at: self.at(1))
        let actions = scheduler.handle(.tick, at: self.at(100))
        #expect(actions == [.refuse(TicketID(1), .modelUnavailable), .load(self.y, self.a)])
        #expect(scheduler.handle(.loaded(self.y, self.a, took: nil), at: self.at(101)) == [.grant(TicketID(2), self.a)])
    }

    @Test("The failure of a load from before the engine was down does not hold the model back")
    func staleFailure() throws {
        var scheduler = Scheduler()
        let up = SchedulerEvent.engineUp(self.a, .init(), loaded: [])
        _ = scheduler.handle(up, at: self.zero)
        _ = scheduler.handle(.arrived(try self.ticket(1, self.x, on: [self.a])), at: self.zero)
        _ = scheduler.handle(.engineDown(self.a), at: self.at(1))
        _ = scheduler.handle(.cancelled(TicketID(1)), at: self.at(2))
        #expect(scheduler.handle(up, at: self.at(3)) == [])
        #expect(scheduler.handle(.loadFailed(self.x, self.a), at: self.at(4)) == [])
        #expect(
            scheduler.handle(.arrived(try self.ticket(2, self.x, on: [self.a])), at: self.at(5))
                == [.load(self.x, self.a)]
        )
    }

    @Test("A model that cannot be unloaded is used again, and its rival is refused instead of waiting for ever")
    func failedUnload() throws {
        for isSilent in [false, true] {
            var scheduler = Scheduler()
            scheduler.settings.changeLimit = .seconds(20)
            _ = scheduler.handle(.engineUp(self.a, .init(), loaded: [self.x]), at: self.zero)
            let actions = scheduler.handle(.arrived(try self.ticket(1, self.y, on: [self.a])), at: self.zero)
            #expect(actions == [.drain(self.x, self.a, for: self.y), .unload(self.x, self.a)])
            _ = scheduler.handle(.arrived(try self.ticket(2, self.x, on: [self.a])), at: self.at(1))
            let answer = scheduler.handle(isSilent ? .tick : .unloadFailed(self.x, self.a), at: self.at(20))
            let refusal = SchedulerAction.refuse(TicketID(1), .modelUnavailable)
            #expect(answer == [.resume(self.x, self.a), refusal, .grant(TicketID(2), self.a)])
            _ = scheduler.handle(.released(TicketID(2), nil), at: self.at(21))
            // Later it is tried again.
            let later = scheduler.handle(.arrived(try self.ticket(3, self.y, on: [self.a])), at: self.at(60))
            #expect(later == [.drain(self.x, self.a, for: self.y), .unload(self.x, self.a)])
        }
    }

    @Test("A model that somebody else loads while another makes room for it leaves nothing half done")
    func loadedMeanwhile() throws {
        var scheduler = Scheduler()
        _ = scheduler.handle(.engineUp(self.a, .init(), loaded: [self.x]), at: self.zero)
        _ = scheduler.handle(.arrived(try self.ticket(1, self.y, on: [self.a])), at: self.zero)
        #expect(
            scheduler.handle(.loaded(self.y, self.a, took: nil), at: self.at(1)) == [.grant(TicketID(1), self.a)]
        )
        // More than fit are loaded now, and the one that was to go can still do so.
        #expect(scheduler.handle(.unloaded(self.x, self.a), at: self.at(2)) == [])
        _ = scheduler.handle(.released(TicketID(1), nil), at: self.at(3))
        let back = scheduler.handle(.arrived(try self.ticket(2, self.x, on: [self.a])), at: self.at(3))
        #expect(back == [.drain(self.y, self.a, for: self.x), .unload(self.y, self.a)])
    }

    @Test("More models than fit, loaded by somebody else, are unloaded one after the other before one is loaded")
    func tooManyLoaded() throws {
        var scheduler = Scheduler()
        let z = try ModelName("z")
        _ = scheduler.handle(.engineUp(self.a, .init(), loaded: [self.x, self.y, z]), at: self.zero)
        let wanted = try ModelName("wanted")
        var actions = scheduler.handle(.arrived(try self.ticket(1, wanted, on: [self.a])), at: self.at(1))
        var unloaded = 0
        while case .unload(let model, let engine)? = actions.last {
            unloaded += 1
            actions = scheduler.handle(.unloaded(model, engine), at: self.at(1 + Double(unloaded)))
        }
        #expect(unloaded == 3 && actions == [.load(wanted, self.a)])
    }

    @Test("An engine that is removed: tickets that have another wait for that, the others are refused, runs go on")
    func removal() throws {
        var scheduler = Scheduler()
        _ = scheduler.handle(.engineUp(self.a, .init(), loaded: [self.x]), at: self.zero)
        _ = scheduler.handle(.engineUp(self.b, .init(), loaded: []), at: self.zero)
        _ = scheduler.handle(.modelSlots(self.x, self.b, 0), at: self.zero)
        _ = scheduler.handle(.arrived(try self.ticket(1, self.x, on: [self.a])), at: self.zero)
        _ = scheduler.handle(.arrived(try self.ticket(2, self.x, on: [self.a])), at: self.zero)
        _ = scheduler.handle(.arrived(try self.ticket(3, self.x, on: [self.a, self.b])), at: self.zero)
        #expect(
            scheduler.handle(.engineRemoved(self.a), at: self.at(1)) == [.refuse(TicketID(2), .engineGone)]
        )
        #expect(scheduler.running(on: self.a) == 1)
        #expect(scheduler.handle(.modelSlots(self.x, self.b, nil), at: self.at(2)) == [.load(self.x, self.b)])
        #expect(scheduler.handle(.loaded(self.x, self.b, took: nil), at: self.at(3)) == [.grant(TicketID(3), self.b)])
        _ = scheduler.handle(.released(TicketID(1), nil), at: self.at(4))
        _ = scheduler.handle(.released(TicketID(3), nil), at: self.at(4))
        #expect(scheduler.counts.engines == 1)
        // It may come back under its name.
        _ = scheduler.handle(.engineUp(self.a, .init(), loaded: [self.y]), at: self.at(5))
        #expect(
            scheduler.handle(.arrived(try self.ticket(4, self.y, on: [self.a])), at: self.at(5))
                == [.grant(TicketID(4), self.a)]
        )
    }

    @Test("Engines, models and projects that are only named leave nothing behind")
    func names() throws {
        var scheduler = Scheduler()
        for number in 0..<2_000 {
            let engine = EngineName("engine-\(number)")
            let model = try ModelName("model-\(number)")
            let ticket = try self.ticket(number, model, on: [engine, EngineName("e\(number)")], project: "p\(number)")
            let now = self.at(Double(number))
            _ = scheduler.handle(.arrived(ticket), at: now)
            _ = scheduler.handle(.loaded(model, engine, took: .seconds(1)), at: now)
            _ = scheduler.handle(.unloaded(model, engine), at: now)
            _ = scheduler.handle(.loadFailed(model, engine), at: now)
            _ = scheduler.handle(.unloadFailed(model, engine), at: now)
            _ = scheduler.handle(.engineDown(engine), at: now)
            if number.isMultiple(of: 2) {
                _ = scheduler.handle(.engineUp(engine, .init(), loaded: [model]), at: now)
                _ = scheduler.handle(.released(ticket.id, nil), at: now)
                _ = scheduler.handle(.engineRemoved(engine), at: now)
            } else {
                _ = scheduler.handle(.cancelled(ticket.id), at: now)
            }
        }
        #expect(scheduler.counts == SchedulerCounts())
    }

    @Test("Fewer slots than run, and none at all, lose nothing: what runs ends, what waits starts when there are some")
    func loweredCapacity() throws {
        var scheduler = Scheduler()
        _ = scheduler.handle(.engineUp(self.a, .init(parallel: 4), loaded: [self.x]), at: self.zero)
        for number in 1...6 {
            _ = scheduler.handle(.arrived(try self.ticket(number, self.x, on: [self.a])), at: self.zero)
        }
        #expect(scheduler.handle(.engineChanged(self.a, .init(parallel: 0)), at: self.at(1)) == [])
        for number in 1...4 { #expect(scheduler.handle(.released(TicketID(number), nil), at: self.at(2)) == []) }
        #expect(scheduler.counts.running == 0 && scheduler.counts.waiting == 2)
        let actions = scheduler.handle(.engineChanged(self.a, .init(parallel: 1)), at: self.at(3))
        #expect(actions == [.grant(TicketID(5), self.a)])
        #expect(scheduler.handle(.released(TicketID(5), nil), at: self.at(4)) == [.grant(TicketID(6), self.a)])
    }

    @Test("Higher limits of a queue count from the next event on, on every engine")
    func raisedLimit() throws {
        var scheduler = Scheduler()
        scheduler.settings.chat.maxConcurrent = 1
        for name in [self.a, self.b] { _ = scheduler.handle(.engineUp(name, .init(), loaded: [self.x]), at: self.zero) }
        for number in 1...3 {
            _ = scheduler.handle(.arrived(try self.ticket(number, self.x, on: [self.a, self.b])), at: self.zero)
        }
        #expect(scheduler.counts.running == 1)
        scheduler.settings.chat.maxConcurrent = 2
        #expect(scheduler.handle(.tick, at: self.at(1)) == [.grant(TicketID(2), self.b)])
    }

    @Test("What happens twice happens once")
    func twice() throws {
        var scheduler = Scheduler()
        let up = SchedulerEvent.engineUp(self.a, .init(), loaded: [self.x, self.x])
        for _ in 0..<2 { #expect(scheduler.handle(up, at: self.zero) == []) }
        let ticket = try self.ticket(1, self.x, on: [self.a, self.a])
        #expect(scheduler.handle(.arrived(ticket), at: self.zero) == [.grant(ticket.id, self.a)])
        #expect(scheduler.handle(.arrived(ticket), at: self.zero) == [])
        for _ in 0..<2 { _ = scheduler.handle(.released(ticket.id, nil), at: self.at(1)) }
        #expect(scheduler.counts.running == 0 && scheduler.running(on: self.a) == 0)
        for _ in 0..<2 { _ = scheduler.handle(.engineDown(self.a), at: self.at(2)) }
        for _ in 0..<2 { _ = scheduler.handle(.engineRemoved(self.a), at: self.at(3)) }
        #expect(scheduler.counts == SchedulerCounts())
    }
}
