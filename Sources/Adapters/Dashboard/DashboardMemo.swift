import Application
import Domain
import NIOCore
import Synchronization

/// The latest event for each kind of watcher, so that many who watch the same cost no more than one.
final class DashboardMemo: Sendable {
    private struct Viewer: Hashable {
        let scope: ProjectName?
        let isAdmin: Bool
    }

    /// How long an event is told again: less than the time between two.
    private static let age = Duration.milliseconds(500)
    /// How many kinds of watchers have a place.
    private static let places = 64

    private let clock: any ServiceClock
    private let events = Mutex<[Viewer: (at: MonotonicInstant, event: ByteBuffer)]>([:])

    init(clock: any ServiceClock) {
        self.clock = clock
    }

    /// The event that tells a caller the state of now.
    func event(for caller: Caller, scope: ProjectName?, _ state: DashboardState) async -> ByteBuffer {
        let viewer = Viewer(scope: scope, isAdmin: caller.isAdmin)
        let now = self.clock.now
        if let known = self.events.withLock({ $0[viewer] }), now - known.at < Self.age { return known.event }
        var event = ByteBuffer(string: "event: state\ndata: ")
        event.writeBytes(await state.json(for: caller, scope: scope).bytes)
        event.writeString("\n\n")
        self.events.withLock { events in
            if events.count >= Self.places { events = events.filter { now - $0.value.at < Self.age } }
            if events.count < Self.places { events[viewer] = (now, event) }
        }
        return event
    }
}
