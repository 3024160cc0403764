/// A format in which an image can come and can be sent on.
public enum ImageFormat: String, Sendable, Hashable, CaseIterable {
    /// JPEG (ITU-T T.81).
    case jpeg
    /// PNG (W3C PNG specification).
    case png
    /// WebP (RFC 9649).
    case webp

    /// Tells a format by the first bytes, and gives nil for none of these; what the sender says it is does not count.
    ///
    /// - Parameter bytes: the image, or at least its first 12 bytes.
    public init?(magic bytes: some Collection<UInt8>) {
        let head = Array(bytes.prefix(12))
        if head.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if head.count == 12, head.starts(with: "RIFF".utf8), head[8...].elementsEqual("WEBP".utf8) {
            self = .webp
        } else {
            return nil
        }
    }

    /// Its media type, such as `image/png`.
    public var mediaType: String { "image/\(self.rawValue)" }

    /// What people call it.
    public var name: String {
        switch self {
        case .jpeg: "JPEG"
        case .png: "PNG"
        case .webp: "WebP"
        }
    }
}
