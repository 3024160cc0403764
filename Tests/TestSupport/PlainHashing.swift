public import Application
public import Domain

/// Stands in for SHA-256 where a test only needs that different keys have different hashes.
public struct PlainHashing: KeyHashing {
    /// It has no state.
    public init() {}

    /// The key itself, filled up to 32 bytes; a test's keys are shorter.
    public func hash(of key: String) -> KeyHash {
        let bytes = Array(key.utf8.prefix(32))
        guard let hash = KeyHash(bytes: bytes + Array(repeating: 0, count: 32 - bytes.count)) else {
            preconditionFailure("there are 32 bytes")
        }
        return hash
    }

    /// Whether two hashes are equal.
    public func isSame(_ left: KeyHash, _ right: KeyHash) -> Bool { left == right }
}
