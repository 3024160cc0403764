import Domain
import Testing

@testable import Application

@Suite("When an engine counts as wedged")
struct WatchdogTests {
    private let engine = EngineName("local")
    private let settings = WatchdogSettings(noProgress: .seconds(120), canary: .seconds(20))

    private func at(_ seconds: Int) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: Int64(seconds) * 1_000_000_000)
    }

    private func name(_ text: String) throws -> ModelName { try ModelName(text) }

    private func pair(_ model: String) throws -> Watchdog.Pair {
        Watchdog.Pair(engine: self.engine, model: try ModelName(model))
    }

    private func watchdog(_ loaded: [String] = []) throws -> Watchdog {
        var dog = Watchdog(self.settings)
        dog.listed(Set(try loaded.map { try ModelName($0) }), on: self.engine, at: self.at(0))
        return dog
    }

    @Test("A request without a word is suspected after no_progress_seconds, not before; another loaded model is asked")
    func suspected() throws {
        var dog = try self.watchdog(["a", "b"])
        dog.sent(try self.pair("a"), at: self.at(10))
        #expect(dog.look(at: self.engine, self.at(129)) == nil)
        #expect(dog.look(at: self.engine, self.at(130)) == .ask(try self.name("b"), because: try self.name("a")))
        #expect(dog.look(at: EngineName("other"), self.at(130)) == nil)
    }

    @Test("A word for any request of the model counts for all of them")
    func word() throws {
        var dog = try self.watchdog(["a"])
        dog.sent(try self.pair("a"), at: self.at(0))
        dog.sent(try self.pair("a"), at: self.at(50))
        dog.heard(try self.pair("a"), at: self.at(100))
        #expect(dog.look(at: self.engine, self.at(219)) == nil)
        #expect(dog.look(at: self.engine, self.at(220)) == .ask(try self.name("a"), because: try self.name("a")))
    }

    @Test("A model that appeared in the list after its request was sent is loading, however long that takes")
    func loading() throws {
        var dog = try self.watchdog(["a"])
        dog.sent(try self.pair("big"), at: self.at(10))
        dog.listed([try self.name("a"), try self.name("big")], on: self.engine, at: self.at(12))
        #expect(dog.look(at: self.engine, self.at(590)) == nil)
    }

    @Test("A model that we loaded ourselves does not count as loading because the engine lists it only later")
    func listedLater() throws {
        var dog = try self.watchdog([])
        dog.loaded(try self.name("a"), on: self.engine, at: self.at(10))
        dog.sent(try self.pair("a"), at: self.at(11))
        dog.listed([try self.name("a")], on: self.engine, at: self.at(12))
        #expect(dog.look(at: self.engine, self.at(131)) == .ask(try self.name("a"), because: try self.name("a")))
    }

    @Test("A load that never appears in the list is suspected; with nothing loaded there is nobody to ask")
    func stuckLoad() throws {
        var dog = try self.watchdog([])
        dog.sent(try self.pair("big"), at: self.at(10))
        #expect(dog.look(at: self.engine, self.at(130)) == .wedged(because: try self.name("big")))
    }

    @Test("Every change of the list is progress")
    func change() throws {
        var dog = try self.watchdog(["a"])
        dog.sent(try self.pair("big"), at: self.at(10))
        dog.listed([], on: self.engine, at: self.at(100))
        #expect(dog.look(at: self.engine, self.at(219)) == nil)
        dog.listed([], on: self.engine, at: self.at(219))
        #expect(dog.look(at: self.engine, self.at(220)) == .wedged(because: try self.name("big")))
    }

    @Test("Requests that end in silence one after the other are one wait; callers that left prove nothing")
    func silence() throws {
        var dog = try self.watchdog(["a"])
        dog.sent(try self.pair("a"), at: self.at(0))
        dog.ended(try self.pair("a"), wasSilent: true)
        dog.sent(try self.pair("a"), at: self.at(100))
        #expect(dog.look(at: self.engine, self.at(120)) != nil)
        var other = try self.watchdog(["a"])
        other.sent(try self.pair("a"), at: self.at(0))
        other.ended(try self.pair("a"), wasSilent: false)
        #expect(other.waitedFor == 0)
        other.sent(try self.pair("a"), at: self.at(100))
        #expect(other.look(at: self.engine, self.at(120)) == nil)
    }

    @Test("After a proof that all is well, and after the engine's end, waits begin anew")
    func calm() throws {
        var dog = try self.watchdog(["a"])
        dog.sent(try self.pair("a"), at: self.at(0))
        dog.calm(self.engine, at: self.at(130))
        #expect(dog.look(at: self.engine, self.at(249)) == nil)
        #expect(dog.look(at: self.engine, self.at(250)) != nil)
        dog.forget(self.engine)
        #expect(dog.look(at: self.engine, self.at(400)) == nil)
    }
}
