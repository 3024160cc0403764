/// How long a batch may take: OpenAI's `24h`, and as our extension any whole number of hours or days.
public struct BatchWindow: Sendable, Hashable, CustomStringConvertible {
    /// The window as its writer spelt it.
    public let description: String
    /// Its length in hours, at least 1.
    public let hours: Int

    /// Its length.
    public var duration: Duration { .seconds(self.hours * 3600) }

    /// Reads a window: `Nh` or `Nd`.
    ///
    /// `maxDays`: the longest that is allowed.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` for anything else, for nothing, or for more than is allowed.
    public init(_ text: String, maxDays: Int) throws {
        let field = "/completion_window"
        let digits = text.utf8.dropLast()
        let isNumber = (1...6).contains(digits.count) && digits.allSatisfy { (0x30...0x39).contains($0) }
        let unit: Int? =
            switch text.utf8.last {
            case UInt8(ascii: "h"): 1
            case UInt8(ascii: "d"): 24
            default: nil
            }
        guard isNumber, let unit, let count = Int(String(text.dropLast())), count > 0 else {
            throw ServiceError(
                .invalidRequest,
                field: field,
                "'\(text.prefix(40))' is no completion window: write hours or days, such as '24h' or '7d'."
            )
        }
        self.description = text
        self.hours = count * unit
        guard self.hours <= maxDays * 24 else {
            throw ServiceError(
                .invalidRequest,
                field: field,
                "The completion window '\(text)' is longer than \(maxDays) days (batches.max_window_days)."
            )
        }
    }
}
