public import Application
import CLibCrypto
public import Domain

/// SHA-256 and the comparison in constant time, from the system's libcrypto.
public struct LibCryptoHashing: KeyHashing {
    /// Creates the port's implementation; it has no state.
    public init() {}

    /// See ``KeyHashing/hash(of:)``.
    public func hash(of key: String) -> KeyHash {
        guard let hash = KeyHash(bytes: LibcryptoDigest().sha256(key.utf8)) else {
            preconditionFailure("SHA-256 has 32 bytes")
        }
        return hash
    }

    /// See ``KeyHashing/isSame(_:_:)``.
    public func isSame(_ left: KeyHash, _ right: KeyHash) -> Bool {
        CRYPTO_memcmp(left.bytes, right.bytes, left.bytes.count) == 0
    }
}
