/// An image in the form in which an engine gets it.
public struct PreparedImage: Sendable, Hashable {
    /// What the caller should know about what was done to it.
    public enum Note: String, Sendable, Hashable, CaseIterable {
        /// It is an animation: the model sees its first frame.
        case firstFrame = "first_frame"
        /// Its data ended before its last line or was damaged, so that a part of it is missing.
        case truncated
        /// It was written in another format because the engine cannot read the one that was asked for.
        case otherFormat = "other_format"
    }

    /// The image, ready to be sent.
    public let bytes: [UInt8]
    /// Its format.
    public let format: ImageFormat
    /// Its width in pixels, upright.
    public let width: Int
    /// Its height in pixels, upright.
    public let height: Int
    /// The bytes of the image as it came.
    public let originalBytes: Int
    /// Whether the picture is the one that came: at most its metadata was cut out.
    public let isOriginal: Bool
    /// What the caller should know.
    public let notes: Set<Note>

    /// Describes a prepared image.
    public init(
        bytes: [UInt8],
        format: ImageFormat,
        width: Int,
        height: Int,
        originalBytes: Int,
        isOriginal: Bool,
        notes: Set<Note> = []
    ) {
        self.bytes = bytes
        self.format = format
        self.width = width
        self.height = height
        self.originalBytes = originalBytes
        self.isOriginal = isOriginal
        self.notes = notes
    }
}
