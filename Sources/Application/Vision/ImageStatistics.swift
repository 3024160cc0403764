/// What has become of images since the service started.
public struct ImageStatistics: Sendable, Hashable {
    /// What the cache holds and has been asked for.
    public var cache = ImageCache.Statistics()
    /// How many images of requests were prepared, those included that the cache had.
    public var processed = 0
    /// How many bytes less engines were sent than callers sent.
    public var savedBytes = 0

    /// Nothing.
    public init() {}
}

/// What was done to the images of one request.
public struct ImageReport: Sendable, Hashable {
    /// How many there are.
    public var count = 0
    /// How many bytes less the engine is sent than the caller sent; nil if it was not to be made smaller.
    public var savedBytes: Int?
    /// About how many tokens they cost the model together.
    public var tokens = 0
    /// Whether one of them is a WebP, which not every engine reads.
    public var hasWebP = false
    /// What the caller should know, in sentences.
    public var warnings: [String] = []

    /// Nothing.
    public init() {}
}
