public import Domain

/// Under which a prepared image is kept: what it was made of, and what was to be made of it.
public struct ImageKey: Sendable, Hashable {
    /// The SHA-256 of the original bytes, four words of it.
    public let digest: SIMD4<UInt64>
    /// What was made of it.
    public let rendition: ImageRendition

    /// Makes a key.
    ///
    /// - Parameters:
    ///   - digest: 32 bytes.
    ///   - rendition: what is made of the image.
    public init(digest: [UInt8], rendition: ImageRendition) {
        precondition(digest.count == 32, "A SHA-256 has 32 bytes.")
        var words = SIMD4<UInt64>.zero
        for (index, byte) in digest.enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
        self.digest = words
        self.rendition = rendition
    }
}
