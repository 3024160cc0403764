import HTTPTypes
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// Reads the heads of one connection's requests: NIO's into those of swift-http-types.
///
/// A caller that keeps its connection says the same again and again; what is as it was in the request before is not
/// checked once more.
struct RequestHeadReader {
    private let isSecure: Bool
    /// The fields of the request before, in the order in which they came, `Host` left out.
    private var known = HTTPFields()

    /// `isSecure`: whether the connection speaks TLS.
    init(isSecure: Bool) {
        self.isSecure = isSecure
    }

    /// The head as HTTP knows it, whatever version it came by.
    ///
    /// - Throws: an error for what no request of HTTP is.
    mutating func read(_ head: HTTPRequestHead) throws -> HTTPRequest {
        // A whole URL, or the `*` of OPTIONS, is rare.
        guard head.uri.utf8.first == UInt8(ascii: "/") else {
            return try HTTPRequest(head, secure: self.isSecure, splitCookie: false)
        }
        var authority: String?
        var fields = HTTPFields()
        fields.reserveCapacity(head.headers.count)
        for (name, value) in head.headers {
            if authority == nil, name.utf8.count == 4, name.lowercased() == "host" {
                authority = value
            } else if let field = self.field(name, value, at: fields.count) {
                fields.append(field)
            }
        }
        self.known = fields
        return HTTPRequest(
            method: try HTTPRequest.Method(head.method),
            scheme: self.isSecure ? "https" : "http",
            authority: authority,
            path: head.uri,
            headerFields: fields
        )
    }

    /// A field; nil if its name is none.
    private func field(_ name: String, _ value: String, at index: Int) -> HTTPField? {
        guard index < self.known.count, self.known[index].name.rawName == name else {
            return HTTPField.Name(name).map { HTTPField(name: $0, value: value) }
        }
        let before = self.known[index]
        return before.value == value ? before : HTTPField(name: before.name, value: value)
    }
}
