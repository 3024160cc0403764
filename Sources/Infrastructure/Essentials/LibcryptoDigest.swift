public import Application
import CLibCrypto

/// SHA-256 by the system's libcrypto.
public struct LibcryptoDigest: DigestFunction {
    /// Creates it.
    public init() {}

    /// See ``DigestFunction/sha256(_:)``.
    public func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        let isDone = bytes.withContiguousStorageIfAvailable { bytes in
            SHA256(bytes.baseAddress, bytes.count, &digest)
        }
        if isDone == nil {
            let copy = Array(bytes)
            SHA256(copy, copy.count, &digest)
        }
        return digest
    }
}
