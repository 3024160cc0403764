/// Why some bytes are not JSON, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The offset of the first byte that does not fit, counted from the start of the text.
    public let offset: Int
    /// What was wrong there, as the end of a sentence.
    public let reason: String

    /// Creates an error at a byte offset.
    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    /// A sentence for the caller.
    public var description: String { "Invalid JSON at byte \(self.offset): \(self.reason)." }
}
