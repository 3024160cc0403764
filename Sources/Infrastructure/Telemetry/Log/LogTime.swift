#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Points in time as RFC 3339 writes them, in UTC with milliseconds.
///
/// A formatter would cost more than the line it is in.
enum LogTime {
    /// Such as `2026-11-21T04:11:48.123Z`.
    static func text(_ date: Date) -> String {
        let milliseconds = Int((date.timeIntervalSince1970 * 1000).rounded(.down))
        let (day, rest) = LogTime.divide(milliseconds, 86_400_000)
        let (year, month, dayOfMonth) = LogTime.civil(day)
        return String(unsafeUninitializedCapacity: 24) { text in
            var place = 0
            func put(_ value: Int, digits: Int, then separator: UInt8) {
                var value = value
                for index in (place..<(place + digits)).reversed() {
                    text[index] = UInt8(ascii: "0") + UInt8(value % 10)
                    value /= 10
                }
                text[place + digits] = separator
                place += digits + 1
            }
            put(year, digits: 4, then: UInt8(ascii: "-"))
            put(month, digits: 2, then: UInt8(ascii: "-"))
            put(dayOfMonth, digits: 2, then: UInt8(ascii: "T"))
            put(rest / 3_600_000, digits: 2, then: UInt8(ascii: ":"))
            put(rest / 60_000 % 60, digits: 2, then: UInt8(ascii: ":"))
            put(rest / 1000 % 60, digits: 2, then: UInt8(ascii: "."))
            put(rest % 1000, digits: 3, then: UInt8(ascii: "Z"))
            return place
        }
    }

    /// The date of a day counted from 1970-01-01, in the Gregorian calendar; years 0 to 9999.
    ///
    /// The year is taken to begin in March, so that the leap day is its last.
    private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let (era, dayOfEra) = LogTime.divide(day + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (min(max(year, 0), 9999), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    /// Division with a remainder that is never negative.
    private static func divide(_ value: Int, _ divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
