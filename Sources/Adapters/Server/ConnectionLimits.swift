/// What one connection may take of the service.
public struct ConnectionLimits: Sendable {
    /// How long a connection may be open without a request, and a request's head may take.
    public var idle: Duration
    /// How long a request's body may take in all, and an upload between two pieces.
    public var body: Duration
    /// How long a caller may leave written bytes unread.
    public var stall: Duration
    /// The largest body, in bytes.
    public var maxBodyBytes: Int
    /// The largest head, in bytes.
    public var maxHeaderBytes: Int
    /// The most connections at once.
    public var maxConnections: Int

    /// Creates limits.
    public init(
        idle: Duration,
        body: Duration,
        stall: Duration,
        maxBodyBytes: Int,
        maxHeaderBytes: Int,
        maxConnections: Int
    ) {
        self.idle = idle
        self.body = body
        self.stall = stall
        self.maxBodyBytes = maxBodyBytes
        self.maxHeaderBytes = maxHeaderBytes
        self.maxConnections = maxConnections
    }
}
