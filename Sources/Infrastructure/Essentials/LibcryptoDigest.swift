public import Application
import CLibCrypto

/// SHA-256 by the system's libcrypto.
public struct LibcryptoDigest: DigestFunction {
    /// The algorithm, looked up once: that costs more than the digest of a key.
    // unsafe: libcrypto's description of an algorithm does not change once it is fetched, and may be used by all threads.
    private nonisolated(unsafe) static let algorithm = EVP_MD_fetch(nil, "SHA2-256", nil)

    /// Creates it.
    public init() {}

    /// See ``DigestFunction/sha256(_:)``.
    public func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        bytes.withContiguousStorageIfAvailable(self.digest) ?? Array(bytes).withUnsafeBufferPointer(self.digest)
    }

    private func digest(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        let isDone = EVP_Digest(bytes.baseAddress, bytes.count, &digest, nil, LibcryptoDigest.algorithm, nil)
        precondition(isDone == 1, "libcrypto has SHA-256, and memory for it")
        return digest
    }
}
