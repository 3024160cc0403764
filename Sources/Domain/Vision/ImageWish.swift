/// In which form a caller wants its images to be sent on; what it leaves out is decided by the settings.
public struct ImageWish: Sendable, Hashable {
    /// The longest sides that a caller may ask for.
    public static let dimensions = 256...2667

    /// Whether images may be scaled down and written anew (default: yes).
    public var compresses = true
    /// The longest side in pixels; nil leaves it to the settings.
    public var maxDimension: Int?
    /// The format of images that are written anew; nil is JPEG.
    public var format: ImageFormat?
    /// Whether an image that is no larger than allowed stays as it is: for callers who did not ask for a service between
    /// them and their engine.
    public var keepsFitting = false

    /// The defaults.
    public init() {}
}
