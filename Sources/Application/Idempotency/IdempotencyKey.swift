import Domain

/// The name that a caller gives to a request so that it is done only once, however often it is sent.
public struct IdempotencyKey: Sendable, Hashable, CustomStringConvertible {
    /// The key: 1 to 255 visible ASCII characters.
    public let description: String

    /// Checks a key.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` unless it is 1 to 255 visible ASCII characters.
    public init(_ key: String) throws {
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ServiceError(
                .invalidRequest,
                "Idempotency-Key must be 1 to 255 visible ASCII characters without blanks.",
                isRetryable: false
            )
        }
        self.description = key
    }
}
