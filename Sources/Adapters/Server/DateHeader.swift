import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The value of `Date` in answers, made anew once a second.
///
/// Source: RFC 9110, sections 5.6.7 and 6.6.1.
struct DateHeader {
    /// That of all connections.
    private static let shared = Mutex(DateHeader())

    /// The value in an answer that begins now.
    static var now: String { self.shared.withLock { $0.value() } }

    private var second = Int64.min
    private var text = ""

    /// The value for now.
    mutating func value(at now: Date = .now) -> String {
        let second = Int64(now.timeIntervalSince1970.rounded(.down))
        if second != self.second {
            self.second = second
            self.text = DateHeader.text(second)
        }
        return self.text
    }

    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `second`: since 1970.
    private static func text(_ second: Int64) -> String {
        let calendar = Calendar(identifier: .gregorian)
        var utc = calendar
        utc.timeZone = .gmt
        let date = Date(timeIntervalSince1970: Double(second))
        let parts = utc.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        func two(_ value: Int?) -> String { String("0\(value ?? 0)".suffix(2)) }
        let day = self.days[Int(((second / 86_400) % 7 + 7) % 7)]
        let month = self.months[(parts.month ?? 1) - 1]
        let time = "\(two(parts.hour)):\(two(parts.minute)):\(two(parts.second))"
        return "\(day), \(two(parts.day)) \(month) \(parts.year ?? 1970) \(time) GMT"
    }
}
