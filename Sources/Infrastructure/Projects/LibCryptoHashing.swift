public import Application
import CLibCrypto
public import Domain

/// SHA-256 and the comparison in constant time, from the system's libcrypto.
public struct LibCryptoHashing: KeyHashing {
    /// Creates the port's implementation; it has no state.
    public init() {}

    /// See ``KeyHashing/hash(of:)``.
    public func hash(of key: String) -> KeyHash {
        var digest: [UInt8] = Array(repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        let bytes = Array(key.utf8)
        _ = SHA256(bytes, bytes.count, &digest)
        guard let hash = KeyHash(bytes: digest) else { preconditionFailure("SHA-256 has 32 bytes") }
        return hash
    }

    /// See ``KeyHashing/isSame(_:_:)``.
    public func isSame(_ left: KeyHash, _ right: KeyHash) -> Bool {
        CRYPTO_memcmp(left.bytes, right.bytes, left.bytes.count) == 0
    }
}
