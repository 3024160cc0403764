/// In which form an image is to be sent to an engine: part of the key under which the result is kept.
public struct ImageRendition: Sendable, Hashable {
    /// The longest side of the result in pixels, at least 1; a smaller image is not enlarged.
    public var maxDimension: Int
    /// The format that the result should have where the image is written anew.
    public var format: ImageFormat
    /// Whether the image is scaled down and written anew to make it smaller.
    ///
    /// If not, it stays what it is, unless it is not upright or the engine cannot read its format.
    public var compresses: Bool
    /// The formats that the engine can read; not empty, and contains ``format``.
    public var accepted: Set<ImageFormat>
    /// The quality of a JPEG or lossy WebP, 1 to 100.
    public var quality: Int
    /// The effort with which a PNG is packed, 0 to 9 as zlib counts it.
    public var pngLevel: Int

    /// Describes a form.
    public init(
        maxDimension: Int = 1568,
        format: ImageFormat = .jpeg,
        compresses: Bool = true,
        accepted: Set<ImageFormat> = Set(ImageFormat.allCases),
        quality: Int = 85,
        pngLevel: Int = 3
    ) {
        self.maxDimension = maxDimension
        self.format = format
        self.compresses = compresses
        self.accepted = accepted
        self.quality = quality
        self.pngLevel = pngLevel
    }
}
