/// Base64 (RFC 4648, section 4): the port to a codec that is about as fast as memory.
public protocol Base64Coding: Sendable {
    /// Decodes a text.
    ///
    /// - Parameter text: the text's bytes. Padding is required; line ends (CR, LF) are passed over wherever they stand.
    ///   That is what Go's `base64.StdEncoding` takes, and so what Ollama takes.
    /// - Returns: the bytes that it stands for.
    /// - Throws: ``Base64Fault`` at anything else.
    func decode(_ text: some Collection<UInt8>) throws(Base64Fault) -> [UInt8]

    /// Writes bytes as text, with padding and without line ends: ASCII only, nothing that JSON would escape.
    func encode(_ bytes: some Collection<UInt8>) -> [UInt8]
}

/// A text is not Base64.
public struct Base64Fault: Error, Sendable, Hashable {
    /// The place of the first byte that is wrong, where the same text gives the same number in Ollama's answers.
    public let offset: Int

    /// Creates a fault.
    ///
    /// - Parameter offset: 0 up to the text's length.
    public init(offset: Int) {
        self.offset = offset
    }
}
