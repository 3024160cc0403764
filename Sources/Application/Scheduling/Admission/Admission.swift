public import Domain

/// Decides who runs when: the port between the use cases and whatever schedules.
public protocol Admission: Sendable {
    /// Puts a ticket in line, or gives it its slot at once.
    ///
    /// - Throws: ``ServiceError`` `queue_full`, `model_unavailable`, `deadline_exceeded` or `shutting_down`.
    func enter(_ ticket: Ticket) throws(ServiceError) -> any QueuePlace
}

/// A ticket's place in line, until its slot is taken from it.
///
/// Whoever drops it leaves the line, and gives the slot back if it was granted meanwhile.
public protocol QueuePlace: AnyObject, Sendable {
    /// Waits for the slot.
    ///
    /// - Throws: ``ServiceError`` `queue_full`, `queue_timeout`, `deadline_exceeded`, `model_unavailable`,
    ///   `shutting_down`, or what ``cancel(_:)`` was given; `CancellationError`, and the ticket has left the line, if the
    ///   task is cancelled.
    func slot() async throws -> Slot

    /// The slot if it was free at once and nobody has taken it: whoever gets it need not wait.
    func ready() -> Slot?

    /// Waits for the slot for a while; nil if the ticket still waits then. Throws as ``slot()`` does.
    func slot(within limit: Duration) async throws -> Slot?

    /// What the caller can be told; nil once it no longer waits.
    var standing: QueueStanding? { get }

    /// Whether an engine loads the ticket's model just now.
    var isLoading: Bool { get }

    /// Takes the ticket out of the line: whoever waits for its slot is told this.
    func cancel(_ error: ServiceError)
}

extension QueuePlace {
    /// Most places are waited in.
    public func ready() -> Slot? { nil }
}

extension Admission {
    /// Waits until the ticket may run.
    ///
    /// - Throws: as ``enter(_:)`` and ``QueuePlace/slot()`` do.
    public func admit(_ ticket: Ticket) async throws -> Slot {
        try await self.enter(ticket).slot()
    }
}

extension ServiceError {
    /// What callers are told while the service stops.
    public static let shuttingDown = ServiceError(.shuttingDown, "The service is stopping.", retryAfter: .seconds(5))
}
