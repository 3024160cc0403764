public import Application
public import Domain

/// A key that has just been made: the only time that its text is known.
public struct NewKey: Sendable {
    /// The key: `so_`, the project's name, `_`, and 43 characters of base64url that stand for 256 random bits.
    public let text: Secret
    /// What is kept of it.
    public let hash: KeyHash

    /// Makes a key for a project, of the system's randomness.
    public init(for project: ProjectName, hashing: any KeyHashing) {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<4).flatMap { _ -> [UInt8] in
            let word = generator.next()
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
        }
        let text = "so_\(project)_\(NewKey.base64URL(bytes))"
        self.text = Secret(text)
        self.hash = hashing.hash(of: text)
    }

    /// Base64 with the alphabet for URLs and without padding (RFC 4648, section 5).
    private static func base64URL(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        var (bits, count) = (UInt32(0), 0)
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> UInt32(count) & 63)])
            }
            bits &= (1 << UInt32(count)) - 1
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
