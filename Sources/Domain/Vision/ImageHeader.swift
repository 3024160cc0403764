/// What the first bytes of an image tell, before any of its pixels is decoded.
public struct ImageHeader: Sendable, Hashable {
    /// Its format, by its bytes.
    public let format: ImageFormat
    /// Its width in pixels as it is stored, before ``orientation`` turns it.
    public let width: Int
    /// Its height in pixels as it is stored.
    public let height: Int
    /// How it has to be turned to be upright: 1 to 8 as EXIF counts it; 1 is upright.
    public let orientation: Int
    /// The memory that preparing it takes at most beside the image itself, in bytes.
    public let workingBytes: Int

    /// Describes an image.
    public init(format: ImageFormat, width: Int, height: Int, orientation: Int = 1, workingBytes: Int) {
        self.format = format
        self.width = width
        self.height = height
        self.orientation = orientation
        self.workingBytes = workingBytes
    }
}
