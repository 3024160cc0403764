import NIOCore
import NIOEmbedded
import Testing

@testable import Infrastructure

@Suite("Deadlines of calls to engines")
struct DeadlineWatchTests {
    private let eventLoop = EmbeddedEventLoop()
    private let spares = SpareDeadlineTimers()

    /// The deadlines of one call that passed.
    private final class Passed {
        var names: [TransportFailure.Deadline] = []
    }

    private func begin(
        first: Duration? = nil,
        idle: Duration = .seconds(5),
        total: Duration? = .seconds(60)
    ) -> (watch: DeadlineWatch, passed: Passed) {
        var watch = DeadlineWatch(eventLoop: self.eventLoop, spares: self.spares)
        let passed = Passed()
        watch.begin(first: first.map { (.firstToken, $0) }, idle: idle, total: total) { passed.names.append($0) }
        return (watch, passed)
    }

    @Test("The first event, silence and the whole each have a deadline of their own")
    func each() {
        let (_, late) = self.begin(first: .seconds(10))
        self.eventLoop.advanceTime(by: .seconds(10))
        #expect(late.names == [.firstToken])

        let (silent, silence) = self.begin(first: .seconds(10))
        silent.firstEventSeen()
        silent.waitBegan()
        self.eventLoop.advanceTime(by: .seconds(4))
        silent.waitEnded()
        silent.waitBegan()
        self.eventLoop.advanceTime(by: .seconds(4))
        #expect(silence.names.isEmpty)
        self.eventLoop.advanceTime(by: .seconds(1))
        #expect(silence.names == [.idle])

        let (slow, whole) = self.begin()
        slow.firstEventSeen()
        self.eventLoop.advanceTime(by: .seconds(60))
        #expect(whole.names == [.total])
    }

    @Test("A call that takes over a timer has its own deadlines, earlier or later than those it was set for")
    func takesOver() {
        var (first, before) = self.begin(total: .seconds(60))
        self.eventLoop.advanceTime(by: .seconds(30))
        first.end()
        let (_, later) = self.begin(total: .seconds(60))
        self.eventLoop.advanceTime(by: .seconds(59))
        #expect(later.names.isEmpty)
        self.eventLoop.advanceTime(by: .seconds(1))
        #expect(later.names == [.total])

        var (second, _) = self.begin(total: .seconds(60))
        second.end()
        let (_, sooner) = self.begin(total: .seconds(3))
        self.eventLoop.advanceTime(by: .seconds(3))
        #expect(sooner.names == [.total])
        #expect(before.names.isEmpty)
    }

    @Test("A call that is over is told nothing, and its timer ends by itself if nobody takes it over")
    func over() {
        var (watch, passed) = self.begin(first: .seconds(1))
        watch.end()
        watch.end()
        self.eventLoop.advanceTime(by: .seconds(100))
        #expect(passed.names.isEmpty)
        var (again, second) = self.begin(first: .seconds(1))
        self.eventLoop.advanceTime(by: .milliseconds(500))
        again.end()
        #expect(second.names.isEmpty && self.spares.take(on: self.eventLoop) != nil)
    }
}
