import Application
import Domain
import Testing

/// Pinned models; that none is ever a victim, nor missing for longer than it must, is checked in all random worlds as well.
@Suite("Pinned models in the scheduler")
struct SchedulerPinTests {
    private let a = EngineName("a")
    private let b = EngineName("b")
    private let x: ModelName
    private let y: ModelName
    private let z: ModelName

    init() throws {
        self.x = try ModelName("x")
        self.y = try ModelName("y")
        self.z = try ModelName("z")
    }

    private func at(_ seconds: Double) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 0).advanced(by: .seconds(seconds))
    }

    private func ticket(_ id: Int, _ model: ModelName, on engines: [EngineName]) throws -> SchedulerTicket {
        SchedulerTicket(
            id: TicketID(id),
            project: ProjectShare(name: try ProjectName("p\(id)")),
            requestClass: .interactive,
            model: model,
            engines: engines
        )
    }

    /// A scheduler with one engine that has a place for each of these models, the first of them pinned.
    private func scheduler(loaded: [ModelName], places: Int = 1, pinned: [ModelName]) -> Scheduler {
        var scheduler = Scheduler()
        for model in pinned { _ = scheduler.handle(.pinned(model, self.a, true), at: self.at(0)) }
        _ = scheduler.handle(.engineUp(self.a, .init(maxLoadedModels: places), loaded: loaded), at: self.at(0))
        return scheduler
    }

    @Test("Who wants another model is refused at once where all places are pinned, whoever is idle")
    func refused() throws {
        var scheduler = self.scheduler(loaded: [self.x], pinned: [self.x])
        let refused = scheduler.handle(.arrived(try self.ticket(1, self.y, on: [self.a])), at: self.at(1))
        #expect(refused == [.refuse(TicketID(1), .pinned)])
        let served = scheduler.handle(.arrived(try self.ticket(2, self.x, on: [self.a])), at: self.at(1))
        #expect(served == [.grant(TicketID(2), self.a)])
        #expect(scheduler.counts.waiting == 0 && scheduler.counts.lines == 0)
    }

    @Test("Who waits when the last place is pinned is refused, and nobody is whom another engine can serve")
    func pinnedMeanwhile() throws {
        var scheduler = Scheduler()
        _ = scheduler.handle(.engineUp(self.a, .init(), loaded: [self.x]), at: self.at(0))
        _ = scheduler.handle(.engineUp(self.b, .init(), loaded: [self.z]), at: self.at(0))
        for (id, model) in [(1, self.x), (2, self.z)] {
            let engine = model == self.x ? self.a : self.b
            _ = scheduler.handle(.arrived(try self.ticket(id, model, on: [engine])), at: self.at(0))
        }
        _ = scheduler.handle(.arrived(try self.ticket(3, self.y, on: [self.a])), at: self.at(1))
        _ = scheduler.handle(.arrived(try self.ticket(4, self.y, on: [self.a, self.b])), at: self.at(1))
        let actions = scheduler.handle(.pinned(self.x, self.a, true), at: self.at(2))
        #expect(actions.contains(.refuse(TicketID(3), .pinned)), "\(actions)")
        #expect(!actions.contains(.refuse(TicketID(4), .pinned)), "\(actions)")
        // The other engine makes room.
        _ = scheduler.handle(.released(TicketID(2), nil), at: self.at(3))
        _ = scheduler.handle(.unloaded(self.z, self.b), at: self.at(60))
        let end = scheduler.handle(.loaded(self.y, self.b, took: nil), at: self.at(61))
        #expect(end == [.grant(TicketID(4), self.b)])
    }

    @Test("A drain ends at once when the model that was to go is pinned")
    func drained() throws {
        var scheduler = self.scheduler(loaded: [self.x], places: 1, pinned: [])
        _ = scheduler.handle(.arrived(try self.ticket(1, self.x, on: [self.a])), at: self.at(0))
        let drain = scheduler.handle(.arrived(try self.ticket(2, self.y, on: [self.a])), at: self.at(40))
        #expect(drain == [.drain(self.x, self.a, for: self.y)])
        let pinned = scheduler.handle(.pinned(self.x, self.a, true), at: self.at(41))
        #expect(pinned == [.refuse(TicketID(2), .pinned), .resume(self.x, self.a)])
        let next = scheduler.handle(.released(TicketID(1), nil), at: self.at(42))
        #expect(next.isEmpty)
    }

    @Test("A pinned model that is not there is loaded without anybody who waits for it, for its place is its own")
    func comesBack() throws {
        var scheduler = Scheduler()
        _ = scheduler.handle(.pinned(self.x, self.a, true), at: self.at(0))
        let up = scheduler.handle(.engineUp(self.a, .init(), loaded: [self.y]), at: self.at(0))
        #expect(up == [.drain(self.y, self.a, for: self.x), .unload(self.y, self.a)])
        // What wants the one that goes has nowhere to wait.
        let refused = scheduler.handle(.arrived(try self.ticket(1, self.y, on: [self.a])), at: self.at(1))
        #expect(refused == [.refuse(TicketID(1), .pinned)])
        #expect(scheduler.handle(.unloaded(self.y, self.a), at: self.at(1)) == [.load(self.x, self.a)])
        #expect(scheduler.handle(.loaded(self.x, self.a, took: nil), at: self.at(2)).isEmpty)
        // Somebody else has unloaded it.
        #expect(scheduler.handle(.unloaded(self.x, self.a), at: self.at(3)) == [.load(self.x, self.a)])
        _ = scheduler.handle(.engineDown(self.a), at: self.at(4))
        _ = scheduler.handle(.pinned(self.x, self.a, true), at: self.at(5))
        #expect(scheduler.handle(.engineUp(self.a, .init(), loaded: []), at: self.at(5)) == [.load(self.x, self.a)])
    }

    @Test("What runs ends before the model goes for a pinned one; what waits for it is refused")
    func makesRoom() throws {
        var scheduler = self.scheduler(loaded: [self.y], places: 1, pinned: [])
        for id in 1...2 {
            _ = scheduler.handle(.arrived(try self.ticket(id, self.y, on: [self.a])), at: self.at(0))
        }
        let pinned = scheduler.handle(.pinned(self.x, self.a, true), at: self.at(1))
        #expect(pinned == [.drain(self.y, self.a, for: self.x), .refuse(TicketID(2), .pinned)])
        #expect(scheduler.handle(.released(TicketID(1), nil), at: self.at(2)) == [.unload(self.y, self.a)])
    }

    @Test("A pinned model that cannot be loaded is tried again, and its place is nobody else's meanwhile")
    func triedAgain() throws {
        var scheduler = Scheduler()
        _ = scheduler.handle(.pinned(self.x, self.a, true), at: self.at(0))
        let up = scheduler.handle(.engineUp(self.a, .init(maxLoadedModels: 2), loaded: [self.y]), at: self.at(0))
        #expect(up == [.load(self.x, self.a)])
        #expect(scheduler.handle(.loadFailed(self.x, self.a), at: self.at(1)).isEmpty)
        let swap = scheduler.handle(.arrived(try self.ticket(1, self.z, on: [self.a])), at: self.at(2))
        #expect(swap == [.drain(self.y, self.a, for: self.z), .unload(self.y, self.a)])
        _ = scheduler.handle(.unloaded(self.y, self.a), at: self.at(3))
        _ = scheduler.handle(.loaded(self.z, self.a, took: nil), at: self.at(4))
        let due = try #require(scheduler.nextWakeup)
        #expect(due <= self.at(31))
        #expect(scheduler.handle(.tick, at: self.at(31)) == [.load(self.x, self.a)])
    }

    @Test("A model that is let go is one like any other")
    func unpinned() throws {
        var scheduler = self.scheduler(loaded: [self.x], pinned: [self.x])
        _ = scheduler.handle(.pinned(self.x, self.a, false), at: self.at(1))
        let swap = scheduler.handle(.arrived(try self.ticket(1, self.y, on: [self.a])), at: self.at(2))
        #expect(swap == [.drain(self.x, self.a, for: self.y), .unload(self.x, self.a)])
    }

    @Test("Tickets whose other engine is gone are refused when that has been away for long enough")
    func otherEngineGone() throws {
        var scheduler = self.scheduler(loaded: [self.x], pinned: [self.x])
        _ = scheduler.handle(.engineUp(self.b, .init(), loaded: [self.z]), at: self.at(0))
        _ = scheduler.handle(.arrived(try self.ticket(1, self.z, on: [self.b])), at: self.at(0))
        _ = scheduler.handle(.arrived(try self.ticket(2, self.y, on: [self.a, self.b])), at: self.at(0))
        #expect(scheduler.handle(.engineDown(self.b), at: self.at(1)).isEmpty)
        #expect(scheduler.handle(.tick, at: self.at(17)) == [.refuse(TicketID(2), .engineGone)])
    }

    @Test("What was special about models of an engine that went down does not outlive it")
    func forgotten() throws {
        var scheduler = Scheduler()
        _ = scheduler.handle(.modelSlots(self.x, self.a, 0), at: self.at(0))
        _ = scheduler.handle(.engineUp(self.a, .init(), loaded: [self.x]), at: self.at(0))
        _ = scheduler.handle(.engineDown(self.a), at: self.at(1))
        _ = scheduler.handle(.engineUp(self.a, .init(), loaded: [self.x]), at: self.at(2))
        let served = scheduler.handle(.arrived(try self.ticket(1, self.x, on: [self.a])), at: self.at(3))
        #expect(served == [.grant(TicketID(1), self.a)])
    }
}
