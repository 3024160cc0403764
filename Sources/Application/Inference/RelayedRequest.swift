public import Domain

/// A request in the words of an engine's own dialect, to be handed on as it came.
public struct RelayedRequest: ExchangeWork, Hashable {
    /// What there is to know of it.
    private struct Content: Hashable {
        let operation: Operation
        let path: String
        let isStreamed: Bool
        var body: [UInt8]
        let contentType: String
        var options: GenerationOptions
        let written: GenerationOptions
        let barred: [String]
        let promptBytes: Int
        var pictures: [Picture]
        let hasImages: Bool
    }

    /// Holds the content: a request is handed from one part of the service to the next, and its dozens of values need not
    /// be copied each time.
    private final class Box: Hashable, Sendable {
        let content: Content

        init(_ content: Content) {
            self.content = content
        }

        static func == (left: Box, right: Box) -> Bool { left === right || left.content == right.content }

        func hash(into hasher: inout Hasher) {
            hasher.combine(self.content)
        }
    }

    private var box: Box

    /// What is asked for.
    public var operation: Operation { self.box.content.operation }
    /// The route, which is the same at the engine.
    public var path: String { self.box.content.path }
    /// Whether the answer comes piece by piece.
    public var isStreamed: Bool { self.box.content.isStreamed }
    /// The body, as the caller wrote it; with other pictures once they are prepared.
    public var body: [UInt8] { self.box.content.body }
    /// What the body is, as the caller says.
    public var contentType: String { self.box.content.contentType }
    /// What of it concerns others than the caller: length of the answer, context and time in memory.
    public var options: GenerationOptions {
        get { self.box.content.options }
        set { self.change { $0.options = newValue } }
    }
    /// Whether an option is no longer what the body says, so that the body has to be written anew.
    public var isChanged: Bool { self.box.content.options != self.box.content.written }
    /// Whether all that the body does not say is how long the model is to stay.
    public var onlyLacksKeepAlive: Bool {
        let written = self.box.content.written
        guard written.keepAlive == nil, self.options.keepAlive != nil else { return false }
        var rest = self.options
        rest.keepAlive = nil
        return rest == written
    }
    /// Options of the body that change how a model sits in memory for everybody, and that this caller may not set.
    public var barred: [String] { self.box.content.barred }
    /// The bytes of the prompt's text.
    public var promptBytes: Int { self.box.content.promptBytes }
    /// Where pictures stand in the body, in their order; none once they are prepared.
    public var pictures: [Picture] { self.box.content.pictures }
    /// Whether pictures are part of it.
    public var hasImages: Bool { self.box.content.hasImages }

    /// A picture in a body.
    public struct Picture: Sendable, Hashable {
        /// The bytes of the body between the quotes of its string.
        public let range: Range<Int>
        /// Its field: a JSON pointer (RFC 6901).
        public let pointer: String
        /// The message that it belongs to, counted from 0.
        public let message: Int

        /// Describes a picture.
        public init(range: Range<Int>, pointer: String, message: Int) {
            self.range = range
            self.pointer = pointer
            self.message = message
        }
    }

    /// Describes a request.
    public init(
        _ operation: Operation,
        path: String,
        body: [UInt8],
        contentType: String = "application/json",
        isStreamed: Bool,
        options: GenerationOptions,
        barred: [String] = [],
        promptBytes: Int,
        pictures: [Picture] = []
    ) {
        self.box = Box(
            Content(
                operation: operation,
                path: path,
                isStreamed: isStreamed,
                body: body,
                contentType: contentType,
                options: options,
                written: options,
                barred: barred,
                promptBytes: promptBytes,
                pictures: pictures,
                hasImages: !pictures.isEmpty
            )
        )
    }

    private mutating func change(_ body: (inout Content) -> Void) {
        var content = self.box.content
        body(&content)
        self.box = Box(content)
    }

    /// Whether an engine tells the answer piece by piece.
    public var tellsPieces: Bool { self.isStreamed && self.operation != .embed }

    /// The pictures that have to be prepared, in their order.
    public var images: [SourceImage] {
        self.pictures.map { picture in
            let text = JSONText(validated: self.body[picture.range])
            return SourceImage(.json(text), pointer: picture.pointer, message: picture.message)
        }
    }

    /// Pictures that are right as they are go on as they came: nobody asked for anything else.
    public var imageWish: ImageWish {
        var wish = ImageWish()
        wish.keepsFitting = true
        return wish
    }

    /// The same with its pictures prepared; a body in which none has changed stays as it came.
    public func with(images: [EncodedImage]) -> RelayedRequest {
        var request = self
        request.change { $0.pictures = [] }
        guard zip(self.pictures, images).contains(where: { !$1.isUnchanged }) else { return request }
        var body: [UInt8] = []
        let difference = zip(self.pictures, images).reduce(0) { $0 + $1.1.base64.count - $1.0.range.count }
        body.reserveCapacity(max(0, self.body.count + difference))
        var index = 0
        for (picture, image) in zip(self.pictures, images) where !image.isUnchanged {
            body += self.body[index..<picture.range.lowerBound]
            body += image.base64
            index = picture.range.upperBound
        }
        body += self.body[index...]
        request.change { $0.body = body }
        return request
    }
}
