public import Domain

/// An image of a request before it is prepared.
public struct SourceImage: Sendable {
    /// The image, or where it is.
    public enum Content: Sendable {
        /// In Base64, as a part of a text.
        case text(Substring)
        /// In Base64, as the inside of a JSON string.
        case json(JSONText)
        /// An `http` or `https` URL.
        case url(String)
    }

    /// The image, or where it is.
    public let content: Content
    /// The field of the request that it came in: a JSON pointer (RFC 6901).
    public let pointer: String
    /// The message that it belongs to, counted from 0.
    public let message: Int

    /// Describes an image.
    public init(_ content: Content, pointer: String, message: Int) {
        self.content = content
        self.pointer = pointer
        self.message = message
    }

    /// What it takes in memory, in bytes.
    var size: Int {
        switch self.content {
        case .text(let text): text.utf8.count
        case .json(let text): text.escaped.count
        case .url(let url): url.utf8.count
        }
    }
}

/// For whom images are prepared, and how.
public struct ImageOrder: Sendable {
    /// What the caller wants.
    public var wish: ImageWish
    /// The formats that all engines can read that may get the request.
    public var accepted: Set<ImageFormat>
    /// The model's arithmetic.
    public var family: VisionFamily

    /// Describes an order.
    public init(wish: ImageWish, accepted: Set<ImageFormat>, family: VisionFamily) {
        self.wish = wish
        self.accepted = accepted
        self.family = family
    }
}
