/// Lines that have lost their last ticket, for the next one that wants the same: where slots are free, each request makes a
/// line and leaves it at once.
///
/// They are good as long as their engines keep their places.
struct SpareLines: Sendable {
    private static let limit = 4

    /// The one that was given up last is at the end.
    private var lines: [Line] = []

    mutating func keep(_ line: Line) {
        if self.lines.count == SpareLines.limit { self.lines.removeFirst() }
        self.lines.append(line)
    }

    /// A line for a ticket, as if it had just been made.
    mutating func take(for ticket: SchedulerTicket) -> Line? {
        let place = self.lines.lastIndex {
            $0.model == ticket.model && $0.queue == ticket.queue && $0.engineNames == ticket.engines
        }
        guard let place else { return nil }
        var line = self.lines.remove(at: place)
        line.reset()
        return line
    }
}
