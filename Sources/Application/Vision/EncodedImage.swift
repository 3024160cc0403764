public import Domain

/// A prepared image in Base64, as every engine wants it: what the cache keeps.
public struct EncodedImage: Sendable, Hashable {
    /// The image in Base64, as ASCII.
    public let base64: [UInt8]
    /// Its format.
    public let format: ImageFormat
    /// Its width in pixels.
    public let width: Int
    /// Its height in pixels.
    public let height: Int
    /// The bytes of the image itself, which are three quarters of its Base64.
    public let bytes: Int
    /// The bytes of the image as it came.
    public let originalBytes: Int
    /// Whether the picture is the one that came: at most its metadata was cut out.
    public let isOriginal: Bool
    /// What the caller should know about what was done to it.
    public let notes: Set<PreparedImage.Note>

    /// Puts a prepared image in Base64.
    public init(_ image: PreparedImage, coding: some Base64Coding) {
        self.base64 = coding.encode(image.bytes)
        self.format = image.format
        self.width = image.width
        self.height = image.height
        self.bytes = image.bytes.count
        self.originalBytes = image.originalBytes
        self.isOriginal = image.isOriginal
        self.notes = image.notes
    }

    /// Whether its bytes are those that came.
    public var isUnchanged: Bool { self.isOriginal && self.bytes == self.originalBytes }

    /// By how much it is smaller than what came, in bytes; never negative.
    public var savedBytes: Int { max(0, self.originalBytes - self.bytes) }
}
