import DequeModule

/// Tickets in the order in which they came, from which any may leave.
///
/// A ticket that leaves stays in the list until it comes to an end of it or the dead outnumber the living: both ends and
/// leaving cost O(1) amortised.
struct TicketList: Sendable {
    private var ids: Deque<TicketID> = []
    /// How many tickets of the list still wait.
    private(set) var count = 0

    var isEmpty: Bool { self.count == 0 }

    mutating func append(_ id: TicketID) {
        self.ids.append(id)
        self.count += 1
    }

    /// Puts a ticket before all others: one that has been out of the list and comes back.
    mutating func prepend(_ id: TicketID) {
        self.ids.prepend(id)
        self.count += 1
    }

    /// Empties the list of tickets that have all left.
    mutating func reset() {
        self.ids.removeAll(keepingCapacity: true)
        self.count = 0
    }

    /// Notes that a ticket has left, which must no longer be among those that wait.
    mutating func leave(in waiting: [TicketID: WaitingTicket]) {
        self.count -= 1
        if self.ids.count > 2 * self.count + 16 { self.ids.removeAll { waiting[$0] == nil } }
    }

    mutating func first(in waiting: [TicketID: WaitingTicket]) -> WaitingTicket? {
        while let id = self.ids.first {
            if let ticket = waiting[id] { return ticket }
            self.ids.removeFirst()
        }
        return nil
    }

    mutating func last(in waiting: [TicketID: WaitingTicket]) -> WaitingTicket? {
        while let id = self.ids.last {
            if let ticket = waiting[id] { return ticket }
            self.ids.removeLast()
        }
        return nil
    }
}
