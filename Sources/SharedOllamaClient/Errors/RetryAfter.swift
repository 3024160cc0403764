#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// When an answer says to come again.
enum RetryAfter {
    /// Reads `retry-after-ms`, then `Retry-After` (RFC 9110, 10.2.3: seconds, or an HTTP date).
    ///
    /// A date in the past means at once. Anything that cannot be read means nothing.
    static func read(milliseconds: String?, header: String?, now: Date) -> Duration? {
        if let milliseconds, let count = Double(milliseconds), count >= 0, count < 1e12 {
            return .milliseconds(count)
        }
        guard let text = header?.trimmed else { return nil }
        if let count = Double(text), count >= 0, count < 1e9 { return .seconds(count) }
        guard let date = HTTPDate.read(text) else { return nil }
        return .seconds(max(0, date.timeIntervalSince(now)))
    }
}

/// The dates of HTTP (RFC 9110, 5.6.7), as far as anybody still writes them: `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func read(_ text: String) -> Date? {
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT" else { return nil }
        let clock = parts[4].split(separator: ":", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard let day = Int(parts[1]), (1...31).contains(day), let month = HTTPDate.months.firstIndex(of: parts[2]),
            let year = Int(parts[3]), (1970...9999).contains(year), clock.count == 3, (0...23).contains(clock[0]),
            (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        let days = HTTPDate.days(year: year, month: month + 1, day: day)
        return Date(timeIntervalSince1970: Double(days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]))
    }

    /// Days from 1970-01-01 in the Gregorian calendar; a year begins in March, so that the leap day is its last.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let monthOfYear = (month + 9) % 12
        let dayOfYear = (153 * monthOfYear + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }
}

extension String {
    /// Without spaces at its ends.
    var trimmed: String {
        let start = self.drop { $0 == " " || $0 == "\t" }
        let count = start.reversed().prefix { $0 == " " || $0 == "\t" }.count
        return String(start.dropLast(count))
    }
}
