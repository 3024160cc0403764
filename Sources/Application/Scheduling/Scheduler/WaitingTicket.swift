import Domain

/// A ticket that waits.
struct WaitingTicket: Sendable {
    let ticket: SchedulerTicket
    let arrival: MonotonicInstant
    /// The number of its seat; see ``SeatList``.
    let seat: Int
    /// The estimated slot-seconds.
    let cost: Double
    let line: LineID
    let flow: FlowID
    /// What its caller was told last.
    var told: Told?

    var id: TicketID { self.ticket.id }

    /// A standing as it was told.
    struct Told: Sendable {
        var position: Int
        var cause: QueueCause?
        /// The state of the causes at that moment; see ``CauseLog``.
        var sequence: Int
        /// When it would start, by the first estimate.
        var start: MonotonicInstant
    }
}

/// A ticket that runs.
struct RunningTicket: Sendable {
    let ticket: SchedulerTicket
    let engine: EngineIndex
    let flow: FlowID
    let granted: MonotonicInstant
    /// What the flow's accounts were charged.
    let cost: Double
    /// The class in which it won its slot; that account was charged beside that of its own class.
    let level: RequestClass
    /// Whose slots it has.
    let contest: ContestID
    /// The other contests in which its flow was charged, for the slot could have been theirs.
    let rivals: [ContestKey]
}

typealias LineID = Int
typealias FlowID = Int
typealias ContestID = Int
typealias EngineIndex = Int
