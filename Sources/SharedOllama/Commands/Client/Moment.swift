#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A point of time as a person names it on the command line.
enum Moment {
    /// How many seconds a unit has.
    private static let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]

    /// Reads a day (`2026-01-31`, UTC), a time of RFC 3339, or how long ago it was (`90m`, `24h`, `7d`, `2w`).
    ///
    /// - Returns: nil for anything else.
    static func read(_ text: String, now: Date = .now) -> Date? {
        if let unit = text.last.flatMap({ Self.units[$0] }), let count = Double(text.dropLast()), count > 0,
            count.isFinite, count * unit < 3_200_000_000
        {
            return now.addingTimeInterval(-count * unit)
        }
        let whole = text.utf8.count == 10 ? "\(text)T00:00:00Z" : text
        return (try? Date(whole, strategy: .iso8601))
            ?? (try? Date(whole, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }

    /// A point of time as a part of a query.
    static func query(_ moment: Date) -> String {
        ServiceClient.escaped(Date.ISO8601FormatStyle(includingFractionalSeconds: true).format(moment))
    }

    /// What to say of a text that is none.
    static func complaint(_ option: String, _ text: String) -> String {
        "\(option) '\(text)' is neither a day such as 2026-01-31, nor a time of RFC 3339, nor how long ago, such as 24h."
    }
}
