#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Instants in the three spellings that the engines use.
struct WallClock: Sendable {
    /// Seconds since 1970.
    var seconds: Int
    var nanoseconds: Int

    static var now: WallClock {
        let time = Date().timeIntervalSince1970
        let whole = time.rounded(.down)
        return WallClock(seconds: Int(whole), nanoseconds: Int((time - whole) * 1_000_000_000))
    }

    func adding(_ duration: Duration) -> WallClock {
        let (more, attoseconds) = duration.components
        var result = self
        result.nanoseconds += Int(attoseconds / 1_000_000_000)
        result.seconds += Int(more) + result.nanoseconds / 1_000_000_000
        result.nanoseconds %= 1_000_000_000
        return result
    }

    /// As in JSON: `2026-11-21T02:06:49.140012843Z`.
    var rfc3339: String {
        let (date, time) = parts
        return "\(pad(date.year, 4))-\(pad(date.month))-\(pad(date.day))"
            + "T\(pad(time.hour)):\(pad(time.minute)):\(pad(time.second)).\(pad(nanoseconds, 9))Z"
    }

    /// As in header fields: `Sat, 21 Nov 2026 02:06:46 GMT`.
    var httpDate: String {
        let (date, time) = parts
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(days[seconds / 86_400 % 7]), \(pad(date.day)) \(months[date.month - 1]) \(pad(date.year, 4)) "
            + "\(pad(time.hour)):\(pad(time.minute)):\(pad(time.second)) GMT"
    }

    private typealias CivilDate = (year: Int, month: Int, day: Int)
    private typealias TimeOfDay = (hour: Int, minute: Int, second: Int)

    /// Days to a date of the Gregorian calendar by the usual arithmetic of 400-year eras.
    private var parts: (date: CivilDate, time: TimeOfDay) {
        let days = seconds / 86_400 + 719_468
        let era = days / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let rest = seconds % 86_400
        return ((year, month, dayOfYear - (153 * shifted + 2) / 5 + 1), (rest / 3600, rest / 60 % 60, rest % 60))
    }

    private func pad(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Duration {
    /// Whole nanoseconds, the unit of Ollama's durations.
    var nanoseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
    }
}
