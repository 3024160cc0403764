/// What batch tickets are owed on an engine while others keep its slots.
struct BatchCredit: Sendable {
    /// No more than this is owed, so that a long wait does not end in a flood.
    static let limit = 600.0

    /// The slot-seconds owed.
    private(set) var seconds = 0.0
    /// How often the last batch ticket had stopped waiting when this was earned: then nothing is owed any more.
    private var epoch = 0

    /// Notes the start of a ticket of another class while batch tickets waited.
    mutating func earn(_ cost: Double, share: Double, epoch: Int) {
        if self.epoch != epoch { self.seconds = 0 }
        self.epoch = epoch
        self.seconds = min(BatchCredit.limit, self.seconds + cost * share / (1 - share))
    }

    /// Notes the start of a batch ticket.
    mutating func spend(_ cost: Double) {
        self.seconds = max(0, self.seconds - cost)
    }

    /// Whether a ticket of this cost may go before more urgent ones.
    func covers(_ cost: Double, epoch: Int) -> Bool {
        self.epoch == epoch && self.seconds > 0 && self.seconds >= min(cost, BatchCredit.limit)
    }
}
