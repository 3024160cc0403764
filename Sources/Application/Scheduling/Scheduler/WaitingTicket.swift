import Domain

/// A ticket that waits; an object because it is looked up for every decision, and its parts are many.
final class WaitingTicket: Sendable {
    let ticket: SchedulerTicket
    let arrival: MonotonicInstant
    /// The number of its seat; see ``SeatList``.
    let seat: Int
    /// The estimated slot-seconds.
    let cost: Double
    let line: LineID
    let flow: FlowID

    var id: TicketID { self.ticket.id }

    init(
        ticket: SchedulerTicket,
        arrival: MonotonicInstant,
        seat: Int,
        cost: Double,
        line: LineID,
        flow: FlowID
    ) {
        self.ticket = ticket
        self.arrival = arrival
        self.seat = seat
        self.cost = cost
        self.line = line
        self.flow = flow
    }
}

/// What the caller of a waiting ticket was told last.
struct ToldStanding: Sendable {
    var position: Int
    var cause: QueueCause?
    /// The state of the causes at that moment; see ``CauseLog``.
    var sequence: Int
    /// When it would start, by the first estimate.
    var start: MonotonicInstant
}

/// A ticket that runs.
struct RunningTicket: Sendable {
    /// What it was while it waited; its flow's accounts were charged its cost.
    let entry: WaitingTicket
    let engine: EngineIndex
    let granted: MonotonicInstant
    /// The class in which it won its slot; that account was charged beside that of its own class.
    let level: RequestClass
    /// Whose slots it has.
    let contest: ContestID
    /// The other contests in which its flow was charged, for the slot could have been theirs.
    let rivals: [ContestKey]

    var ticket: SchedulerTicket { self.entry.ticket }
    var flow: FlowID { self.entry.flow }
    var cost: Double { self.entry.cost }
}

typealias LineID = Int

/// Names one flow: its number in the slab of all.
struct FlowID: NumberKey, Sendable {
    let number: Int

    var keyNumber: Int { self.number }
}

typealias ContestID = Int
typealias EngineIndex = Int
