/// A picture in a message, still in the form in which it came.
public struct ImagePart: Sendable, Hashable {
    /// What the caller says it is, such as `image/png`; nil where it does not say.
    public let mediaType: String?
    /// The picture's bytes in Base64 (RFC 4648, section 4).
    public let base64: String

    /// Checks a picture.
    ///
    /// - Throws: ``ServiceError`` `invalid_image` if the text is not Base64 or empty, or the type is not one of pictures.
    public init(mediaType: String?, base64: String) throws {
        if let mediaType, !mediaType.hasPrefix("image/") {
            throw ServiceError(.invalidImage, "'\(mediaType.prefix(64))' is not the type of a picture.")
        }
        let digits = base64.utf8.prefix { $0 != UInt8(ascii: "=") }
        let padding = base64.utf8.count - digits.count
        guard !digits.isEmpty, digits.allSatisfy(ImagePart.isDigit), padding <= 2,
            base64.utf8.suffix(padding).allSatisfy({ $0 == UInt8(ascii: "=") }), base64.utf8.count % 4 == 0
        else {
            throw ServiceError(.invalidImage, "The picture is not Base64.")
        }
        self.mediaType = mediaType
        self.base64 = base64
    }

    /// Reads a data URL (RFC 2397): `data:image/png;base64,…`.
    ///
    /// - Throws: ``ServiceError`` `invalid_image` for anything else.
    public init(dataURL url: String) throws {
        let scheme = "data:"
        guard url.prefix(scheme.count).lowercased() == scheme, let comma = url.firstIndex(of: ",") else {
            throw ServiceError(.invalidImage, "The picture must be a data URL such as 'data:image/png;base64,…'.")
        }
        let head = url[url.index(url.startIndex, offsetBy: scheme.count)..<comma]
        guard head.lowercased().hasSuffix(";base64") else {
            throw ServiceError(.invalidImage, "The data URL of a picture must be Base64: 'data:image/png;base64,…'.")
        }
        let type = head.prefix { $0 != ";" }.lowercased()
        try self.init(mediaType: type.isEmpty ? nil : type, base64: String(url[url.index(after: comma)...]))
    }

    /// The picture as a data URL.
    public var dataURL: String { "data:\(self.mediaType ?? self.guessedType);base64,\(self.base64)" }

    /// The type by the first bytes of the picture, which in Base64 are as telling.
    private var guessedType: String {
        if self.base64.hasPrefix("iVBORw0KGgo") { return "image/png" }
        if self.base64.hasPrefix("UklGR") { return "image/webp" }
        return "image/jpeg"
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
