import HTTPTypes
import NIOHTTP1
import NIOHTTPTypesHTTP1

/// The head of a request, and what every request is asked for of it.
struct RequestHead: Sendable {
    let request: HTTPRequest
    /// Which of the fields that the service looks for are there.
    let sent: SentFields
    /// The key that the caller shows, or why it cannot be read.
    let key: Result<String?, any Error>
    /// How long the body is, in bytes; nil where the head does not say.
    let bodyLength: Int?
}

extension RequestHead {
    /// The same head before a body of another length.
    func with(bodyLength: Int) -> RequestHead {
        guard self.bodyLength != bodyLength else { return self }
        var request = self.request
        request.headerFields[.contentLength] = String(bodyLength)
        return RequestHead(request: request, sent: self.sent, key: self.key, bodyLength: bodyLength)
    }
}

/// Reads the heads of one connection's requests: NIO's into those of swift-http-types.
///
/// A caller that keeps its connection says the same again and again: fields that are all as they were in the request before
/// are taken from there, and of others what is as it was is not checked once more.
struct RequestHeadReader {
    private let isSecure: Bool
    /// The fields of the request before, as they came.
    private var before = HTTPHeaders()
    /// What they were read as: in the order in which they came, `Host` left out.
    private var known = HTTPFields()
    private var authority: String?
    private var sent: SentFields = []
    private var key: Result<String?, any Error> = .success(nil)
    private var bodyLength: Int?

    /// `isSecure`: whether the connection speaks TLS.
    init(isSecure: Bool) {
        self.isSecure = isSecure
    }

    /// The head as HTTP knows it, whatever version it came by.
    ///
    /// - Throws: an error for what no request of HTTP is.
    mutating func read(_ head: HTTPRequestHead) throws -> RequestHead {
        // A whole URL, or the `*` of OPTIONS, is rare.
        guard head.uri.utf8.first == UInt8(ascii: "/") else {
            let request = try HTTPRequest(head, secure: self.isSecure, splitCookie: false)
            let fields = request.headerFields
            return RequestHead(
                request: request,
                sent: SentFields(of: fields),
                key: RequestHeadReader.key(in: fields),
                bodyLength: RequestHeadReader.bodyLength(in: fields)
            )
        }
        if !self.isAsBefore(head.headers) { self.read(head.headers) }
        let request = HTTPRequest(
            method: try HTTPRequest.Method(head.method),
            scheme: self.isSecure ? "https" : "http",
            authority: self.authority,
            path: head.uri,
            headerFields: self.known
        )
        return RequestHead(request: request, sent: self.sent, key: self.key, bodyLength: self.bodyLength)
    }

    private static func bodyLength(in fields: HTTPFields) -> Int? {
        fields[.contentLength].flatMap { Int($0) }
    }

    private static func key(in fields: HTTPFields) -> Result<String?, any Error> {
        Result { try Credentials.key(in: fields) }
    }

    private func isAsBefore(_ headers: HTTPHeaders) -> Bool {
        headers.count == self.before.count
            && zip(headers, self.before).allSatisfy { $0.value == $1.value && $0.name == $1.name }
    }

    private mutating func read(_ headers: HTTPHeaders) {
        var authority: String?
        var fields = HTTPFields()
        fields.reserveCapacity(headers.count)
        for (name, value) in headers {
            if authority == nil, name.utf8.count == 4, name.lowercased() == "host" {
                authority = value
            } else if let field = self.field(name, value, at: fields.count) {
                fields.append(field)
            }
        }
        self.before = headers
        self.known = fields
        self.authority = authority
        self.sent = SentFields(of: fields)
        self.key = RequestHeadReader.key(in: fields)
        self.bodyLength = RequestHeadReader.bodyLength(in: fields)
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
