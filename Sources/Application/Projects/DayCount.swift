/// What a project has used of its limit of a day (UTC).
struct DayCount: Equatable {
    /// Days since 1970-01-01 (UTC).
    private(set) var day: Int
    /// Tokens of requests that have ended.
    private(set) var used: Double
    /// Tokens that running requests have reserved.
    private(set) var reserved: Double

    init(day: Int, used: Double = 0) {
        self.day = day
        self.used = used
        self.reserved = 0
    }

    /// A new day has a new count; what runs is booked to the day in which it ends.
    mutating func turn(to day: Int) {
        guard day > self.day else { return }
        self.day = day
        self.used = 0
    }

    /// What is left of a limit.
    func remaining(of limit: Int) -> Double {
        Double(limit) - self.used - self.reserved
    }

    mutating func reserve(_ tokens: Double) {
        self.reserved += tokens
    }

    mutating func settle(reserved: Double, used: Double) {
        self.reserved = max(0, self.reserved - reserved)
        self.used += used
    }
}
