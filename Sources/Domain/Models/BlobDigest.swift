/// The digest by which Ollama knows a file of a model: `sha256:` and 64 hexadecimal digits.
///
/// Source: Ollama, `manifest/paths.go`.
public struct BlobDigest: Sendable, Hashable, CustomStringConvertible {
    /// The digest as its writer spelt it.
    public let description: String

    /// Checks a digest.
    ///
    /// - Throws: ``ServiceError`` `invalid_request`, in Ollama's words, unless it is `sha256:` or `sha256-` and 64
    ///   hexadecimal digits.
    public init(_ text: String) throws {
        let digits = text.utf8.dropFirst(7)
        guard text.hasPrefix("sha256:") || text.hasPrefix("sha256-"), digits.count == 64,
            digits.allSatisfy(BlobDigest.isHexDigit)
        else { throw ServiceError(.invalidRequest, "invalid digest format", isRetryable: false) }
        self.description = text
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
