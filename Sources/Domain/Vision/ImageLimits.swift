/// What an image, and the images of a request together, may be.
public struct ImageLimits: Sendable, Hashable {
    /// The bytes of an image as it comes (default: 20 MiB).
    public var maxBytes = 20_971_520
    /// The pixels of an image, by its header (default: 100,000,000).
    public var maxPixels = 100_000_000
    /// The images of a request (default: 20).
    public var maxPerRequest = 20
    /// The memory that decoding may take, of all images together and so of each, in bytes (default: 1 GiB).
    public var maxDecodedBytes = 1_073_741_824

    /// The defaults.
    public init() {}
}
