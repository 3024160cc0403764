public import Domain

/// How keys are hashed and compared; the port to a library of cryptography.
public protocol KeyHashing: Sendable {
    /// The SHA-256 of a key's bytes (FIPS 180-4).
    func hash(of key: String) -> KeyHash
    /// Whether two hashes are the same, in a time that does not tell where they differ.
    func isSame(_ left: KeyHash, _ right: KeyHash) -> Bool
}
