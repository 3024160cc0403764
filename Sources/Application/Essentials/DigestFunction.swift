/// Computes digests: the port to a library of cryptography.
public protocol DigestFunction: Sendable {
    /// The SHA-256 (FIPS 180-4) of some bytes: 32 bytes.
    func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8]
}
