/// An image in a message.
public struct ImagePart: Sendable, Hashable {
    /// The image itself, or where it is.
    public enum Content: Sendable, Hashable {
        /// Its bytes in Base64 (RFC 4648, section 4), not yet checked.
        case base64(Substring)
        /// An `http` or `https` URL.
        case url(String)
        /// Its bytes in Base64 as ASCII, ready for an engine.
        case prepared(base64: [UInt8], format: ImageFormat)
    }

    /// What the caller says it is, such as `image/png`; nil where it does not say.
    public let mediaType: String?
    /// The image itself, or where it is.
    public let content: Content
    /// The field of the request that it came in: a JSON pointer (RFC 6901).
    public let pointer: String

    private init(mediaType: String?, content: Content, pointer: String) {
        self.mediaType = mediaType
        self.content = content
        self.pointer = pointer
    }

    /// Takes an image in Base64, which is decoded and checked only where it does not keep anybody waiting.
    ///
    /// - Throws: ``ServiceError`` `invalid_image` if the text is empty, or the type is not one of images.
    public init(mediaType: String?, base64: Substring, pointer: String = "") throws {
        if let mediaType, !mediaType.hasPrefix("image/") {
            throw ServiceError(.invalidImage, "'\(mediaType.prefix(64))' is not the type of an image.")
        }
        guard !base64.isEmpty else { throw ServiceError(.invalidImage, "The image is empty.") }
        self.init(mediaType: mediaType, content: .base64(base64), pointer: pointer)
    }

    /// Reads a data URL (RFC 2397): `data:image/png;base64,…`.
    ///
    /// - Throws: ``ServiceError`` `invalid_image` for anything else.
    public init(dataURL url: String, pointer: String = "") throws {
        let scheme = "data:"
        // A type is short; in what may be megabytes no comma is looked for.
        let start = url.utf8.prefix(256)
        guard url.prefix(scheme.count).lowercased() == scheme, let comma = start.firstIndex(of: UInt8(ascii: ","))
        else {
            throw ServiceError(.invalidImage, "The image must be a data URL such as 'data:image/png;base64,…'.")
        }
        let head = url[url.index(url.startIndex, offsetBy: scheme.count)..<comma]
        guard head.lowercased().hasSuffix(";base64") else {
            throw ServiceError(.invalidImage, "The data URL of an image must be Base64: 'data:image/png;base64,…'.")
        }
        let type = head.prefix { $0 != ";" }.lowercased()
        let data = url[url.utf8.index(after: comma)...]
        try self.init(mediaType: type.isEmpty ? nil : type, base64: data, pointer: pointer)
    }

    /// Reads what may be a data URL or an `http` or `https` URL.
    ///
    /// - Throws: ``ServiceError`` `invalid_image` for anything else.
    public init(url: String, pointer: String = "") throws {
        if ImagePart.isHTTP(url) {
            self.init(mediaType: nil, content: .url(url), pointer: pointer)
        } else {
            try self.init(dataURL: url, pointer: pointer)
        }
    }

    /// Reads what may be a data URL, an `http` or `https` URL, or bare Base64.
    ///
    /// - Throws: ``ServiceError`` `invalid_image` for anything else that can be told at a glance.
    public init(anyForm text: String, pointer: String = "") throws {
        if ImagePart.isHTTP(text) || text.prefix(5).lowercased() == "data:" {
            try self.init(url: text, pointer: pointer)
        } else {
            try self.init(mediaType: nil, base64: text[...], pointer: pointer)
        }
    }

    /// The same image, ready for an engine.
    ///
    /// - Parameters:
    ///   - base64: its bytes in Base64, as ASCII.
    ///   - format: its format.
    /// - Returns: an image of the same place in the request.
    public func prepared(base64: [UInt8], format: ImageFormat) -> ImagePart {
        ImagePart(
            mediaType: format.mediaType,
            content: .prepared(base64: base64, format: format),
            pointer: self.pointer
        )
    }

    /// The image in Base64, as the inside of a JSON string.
    public var jsonText: JSONText {
        switch self.content {
        case .base64(let text): JSONText(String(text))
        case .url(let url): JSONText(url)
        case .prepared(let base64, _): JSONText(validated: base64[...])
        }
    }

    /// The image as a data URL, as the inside of a JSON string.
    public var jsonDataURL: JSONText {
        if case .url(let url) = self.content { return JSONText(url) }
        var url = Array("data:\(self.mediaType ?? self.guessedType);base64,".utf8)
        url += self.jsonText.escaped
        return JSONText(validated: url[...])
    }

    /// The type by the first bytes of the image, which in Base64 are as telling.
    private var guessedType: String {
        switch self.content {
        case .base64(let text) where text.hasPrefix("iVBORw0KGgo"): "image/png"
        case .base64(let text) where text.hasPrefix("UklGR"): "image/webp"
        case .prepared(_, let format): format.mediaType
        case .base64, .url: "image/jpeg"
        }
    }

    private static func isHTTP(_ text: String) -> Bool {
        let scheme = text.prefix(8).lowercased()
        return scheme.hasPrefix("http://") || scheme == "https://"
    }
}
