import Domain
import Synchronization

/// A place in line that outlasts the engines that it was for: when the last of them is gone and others have the model by
/// then, the request waits for those, with the time that it has waited already.
final class LastingPlace: QueuePlace {
    private struct State {
        var place: any QueuePlace
        var ticket: Ticket
        var ending: ServiceError?
    }

    private let admission: any Admission
    private let clock: any ServiceClock
    private let findEngines: @Sendable () async -> [EngineName]
    private let arrival: MonotonicInstant
    private let state: Mutex<State>

    /// Puts a ticket in line.
    ///
    /// `findEngines`: tells the engines that have the model now.
    ///
    /// - Throws: what ``Admission/enter(_:)`` does.
    init(
        _ ticket: Ticket,
        in admission: any Admission,
        clock: any ServiceClock,
        findEngines: @escaping @Sendable () async -> [EngineName]
    ) throws(ServiceError) {
        self.admission = admission
        self.clock = clock
        self.findEngines = findEngines
        self.arrival = clock.now
        self.state = Mutex(State(place: try admission.enter(ticket), ticket: ticket))
    }

    var standing: QueueStanding? { self.place.standing }

    var isLoading: Bool { self.place.isLoading }

    func ready() -> Slot? {
        let (place, earlier) = self.state.withLock { ($0.place, $0.ticket.earlier) }
        return earlier == nil ? place.ready() : nil
    }

    func slot() async throws -> Slot {
        while true {
            if let slot = try await self.fetch({ try await $0.slot() }) { return slot }
        }
    }

    func slot(within limit: Duration) async throws -> Slot? {
        try await self.fetch { try await $0.slot(within: limit) }
    }

    func cancel(_ error: ServiceError) {
        let place = self.state.withLock { state in
            state.ending = state.ending ?? error
            return state.place
        }
        place.cancel(error)
    }

    private var place: any QueuePlace { self.state.withLock(\.place) }

    /// Waits in the present line; nil if the request still waits, maybe in another.
    private func fetch(_ wait: (any QueuePlace) async throws -> Slot?) async throws -> Slot? {
        let (place, earlier) = self.state.withLock { ($0.place, $0.ticket.earlier?.waited) }
        do {
            let slot = try await wait(place)
            guard let slot, let earlier else { return slot }
            return Slot(engine: slot.engine, waited: earlier + slot.waited, loadTime: slot.loadTime) {
                slot.release($0)
            }
        } catch let error as ServiceError where error == .engineUnreachable {
            let engines = await self.findEngines()
            guard !engines.isEmpty else { throw error }
            try Task.checkCancellation()
            try self.move(to: engines)
            return nil
        }
    }

    private func move(to engines: [EngineName]) throws {
        try self.state.withLock { state in
            if let ending = state.ending { throw ending }
            let earlier = EarlierWait(arrival: self.arrival, waited: self.clock.now - self.arrival)
            state.ticket = state.ticket.again(for: engines, after: earlier)
            state.place = try self.admission.enter(state.ticket)
        }
    }
}
