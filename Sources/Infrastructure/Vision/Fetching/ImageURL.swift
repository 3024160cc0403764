import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An address from which an image may be fetched, taken apart once: what is checked is what is asked.
struct ImageURL: Sendable, Equatable {
    /// The longest URL that is read, in bytes.
    static let maximumLength = 8192

    /// Whether to speak TLS.
    let isSecure: Bool
    /// The host's name or IP address, without brackets.
    let host: String
    /// The TCP port.
    let port: Int
    /// Path and query as they stand in a request.
    let target: String
    private let url: URL

    /// Reads a URL as a caller wrote it.
    ///
    /// - Throws: ``ServiceError`` `invalid_image`; its text holds nothing of the URL.
    init(_ text: String) throws {
        guard text.utf8.count <= ImageURL.maximumLength, let url = URL(string: text) else { throw ImageURL.unreadable }
        try self.init(url)
    }

    /// Where an answer says that the image is.
    ///
    /// - Parameter location: an absolute or relative reference (RFC 3986, section 4.1).
    /// - Returns: the address, which has to be checked like the first.
    /// - Throws: ``ServiceError`` `invalid_image`; its text holds nothing of the URL.
    func following(_ location: String) throws -> ImageURL {
        guard location.utf8.count <= ImageURL.maximumLength,
            let url = URL(string: location, relativeTo: self.url)?.absoluteURL
        else { throw ImageURL.unreadable }
        return try ImageURL(url)
    }

    private init(_ url: URL) throws {
        switch url.scheme?.lowercased() {
        case "http": self.isSecure = false
        case "https": self.isSecure = true
        default:
            throw ServiceError(.invalidImage, "The URL of an image must begin with http://, https:// or data:.")
        }
        guard url.user == nil, url.password == nil else {
            throw ServiceError(.invalidImage, "The URL of an image must not hold a user or a password.")
        }
        let host = url.host() ?? ""
        guard !host.isEmpty, host.utf8.count <= 255, host.utf8.allSatisfy(ImageURL.isHostByte) else {
            throw ImageURL.unreadable
        }
        let port = url.port ?? (self.isSecure ? 443 : 80)
        guard (1...65_535).contains(port) else { throw ImageURL.unreadable }
        let path = url.path(percentEncoded: true)
        let target =
            (path.hasPrefix("/") ? path : "/\(path)") + (url.query(percentEncoded: true).map { "?\($0)" } ?? "")
        guard target.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw ImageURL.unreadable }
        self.host = host
        self.port = port
        self.target = target
        self.url = url
    }

    /// The request for the image.
    ///
    /// Nothing of the caller's is in it but the URL.
    var request: String {
        let name = self.host.contains(":") ? "[\(self.host)]" : self.host
        let authority = self.port == (self.isSecure ? 443 : 80) ? name : "\(name):\(self.port)"
        return "GET \(self.target) HTTP/1.1\r\nHost: \(authority)\r\nUser-Agent: shared-ollama\r\n"
            + "Accept: image/jpeg, image/png, image/webp\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }

    private static var unreadable: ServiceError {
        ServiceError(.invalidImage, "The URL of the image cannot be read; write its host in ASCII.")
    }
}
