/// When a model was last changed, to the nanosecond: what lists are ordered by.
public struct ModificationTime: Sendable, Hashable, Comparable {
    /// Whole seconds since 1970, UTC.
    public let seconds: Int
    /// The rest, 0 to 999,999,999.
    public let nanoseconds: Int

    /// Reads a time as RFC 3339 writes it, in any zone: `2026-11-21T02:04:18.249129778+02:00`.
    ///
    /// Digits behind the ninth of a fraction are dropped. Nil if it is no such time.
    public init?(rfc3339 text: String) {
        var reader = DigitReader(text)
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), reader.skip("T") || reader.skip("t") || reader.skip(" "),
            let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2), reader.skip(":"),
            let second = reader.number(2), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        var nanoseconds = 0
        if reader.skip(".") {
            guard let fraction = reader.fraction() else { return nil }
            nanoseconds = fraction
        }
        guard let offset = reader.zone(), reader.isAtEnd else { return nil }
        let days = ModificationTime.daysSince1970(year: year, month: month, day: day)
        self.seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.nanoseconds = nanoseconds
    }

    /// Whether one time is before another.
    public static func < (left: ModificationTime, right: ModificationTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// Days of the Gregorian calendar, counted in years that begin in March, so that a leap day is the last.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let year = month > 2 ? year : year - 1
        let daysBeforeMonth = (153 * ((month + 9) % 12) + 2) / 5
        let leapDays = year / 4 - year / 100 + year / 400
        // 719,469 days lie between 1 March of the year 0 and 1970, counted from its first day.
        return year * 365 + leapDays + daysBeforeMonth + day - 719_469
    }
}

/// Reads the parts of a time.
private struct DigitReader {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        self.rest = text[...].utf8
    }

    var isAtEnd: Bool { self.rest.isEmpty }

    /// A number of exactly so many digits.
    mutating func number(_ count: Int) -> Int? {
        let digits = self.rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        self.rest = self.rest.dropFirst(count)
        return digits.reduce(0) { $0 * 10 + Int($1) - 48 }
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard self.rest.first == UInt8(ascii: character) else { return false }
        self.rest = self.rest.dropFirst()
        return true
    }

    /// A fraction of a second, in nanoseconds.
    mutating func fraction() -> Int? {
        let digits = self.rest.prefix { (48...57).contains($0) }
        guard !digits.isEmpty else { return nil }
        self.rest = self.rest.dropFirst(digits.count)
        let known = digits.prefix(9).map { Int($0) - 48 }
        return (known + Array(repeating: 0, count: 9 - known.count)).reduce(0) { $0 * 10 + $1 }
    }

    /// The distance of a time zone from UTC, in seconds.
    mutating func zone() -> Int? {
        if self.skip("Z") || self.skip("z") { return 0 }
        let sign = self.skip("+") ? 1 : self.skip("-") ? -1 : 0
        guard sign != 0, let hours = self.number(2), self.skip(":"), let minutes = self.number(2), hours < 24,
            minutes < 60
        else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}
