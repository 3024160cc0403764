import DequeModule

/// A ticket's place in the order in which tickets came: a greater number came later.
struct Seat: Sendable {
    let number: Int
    let ticket: TicketID
}

/// The tickets of one flow in a line, in the order of their seats.
///
/// They leave at an end of it, nearly always: that costs O(1), and so does knowing the first. One that leaves from within
/// costs a search, and is remembered until it comes to an end of the list or the dead outnumber the living, so that a
/// ticket's position costs O(log n).
struct SeatList: Sendable {
    /// The first and the last of them wait.
    private(set) var seats: Deque<Seat> = []
    /// The numbers of those within that have left, ascending.
    private var gone: [Int] = []

    var isEmpty: Bool { self.seats.isEmpty }
    var count: Int { self.seats.count - self.gone.count }
    var first: TicketID? { self.seats.first?.ticket }

    /// Adds the ticket that came last, or one that came before all others.
    mutating func add(_ ticket: TicketID, seat number: Int) {
        let seat = Seat(number: number, ticket: ticket)
        if let first = self.seats.first, number < first.number {
            self.seats.prepend(seat)
        } else {
            self.seats.append(seat)
        }
    }

    /// Takes out the ticket with a seat.
    mutating func leave(seat number: Int) {
        if self.seats.first?.number == number {
            self.seats.removeFirst()
            while let first = self.seats.first, self.gone.first == first.number {
                self.seats.removeFirst()
                self.gone.removeFirst()
            }
        } else if self.seats.last?.number == number {
            self.seats.removeLast()
            while let last = self.seats.last, self.gone.last == last.number {
                self.seats.removeLast()
                self.gone.removeLast()
            }
        } else {
            self.gone.insert(number, at: self.gone.places(before: number) { $0 })
            if self.gone.count > self.count + 16 { self.forgetGone() }
        }
    }

    /// How many tickets are ahead of a seat.
    func position(of number: Int) -> Int {
        self.seats.places(before: number) { $0.number } - self.gone.places(before: number) { $0 }
    }

    private mutating func forgetGone() {
        var next = 0
        self.seats.removeAll { seat in
            guard next < self.gone.count, self.gone[next] == seat.number else { return false }
            next += 1
            return true
        }
        self.gone = []
    }
}

extension RandomAccessCollection where Index == Int {
    /// How many elements of an ascending collection are below a number.
    fileprivate func places(before number: Int, _ value: (Element) -> Int) -> Int {
        var (low, high) = (self.startIndex, self.endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if value(self[middle]) < number { low = middle + 1 } else { high = middle }
        }
        return low - self.startIndex
    }
}
