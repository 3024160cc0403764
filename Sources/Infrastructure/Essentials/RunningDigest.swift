import CLibCrypto

/// The SHA-256 of bytes that come one after another, by the system's libcrypto.
///
/// For one user at a time.
final class RunningDigest {
    private let context = EVP_MD_CTX_new()

    init() {
        // Fails only without memory; then every content has the digest of nothing, and is refused as one that differs.
        EVP_DigestInit_ex(self.context, EVP_sha256(), nil)
    }

    deinit {
        EVP_MD_CTX_free(self.context)
    }

    /// Takes the next bytes.
    func update(_ bytes: [UInt8]) {
        EVP_DigestUpdate(self.context, bytes, bytes.count)
    }

    /// The digest in hexadecimal digits; ends it.
    func finish() -> String {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        EVP_DigestFinal_ex(self.context, &digest, &count)
        let digits = Array("0123456789abcdef".utf8)
        let text = digest.prefix(Int(count)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
