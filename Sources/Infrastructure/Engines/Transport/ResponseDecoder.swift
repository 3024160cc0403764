import NIOCore

/// The head of an answer: only what the service needs of it.
struct ResponseHead: Sendable, Equatable {
    /// The status code.
    var status: Int
    /// The value of `Content-Type`, lower case.
    var contentType: String?
    /// The value of `Content-Length`, in bytes.
    var contentLength: Int?
    /// The value of `Location`.
    var location: String?
}

/// Decodes the bytes of HTTP/1.1 responses (RFC 9112): status, length or chunks, close.
///
/// Nothing else is looked at.
///
/// It is a value without I/O: bytes go in with `append`, parts come out of `next`.
struct ResponseDecoder {
    /// One part of a response.
    enum Part: Equatable {
        /// The head; interim ones (1xx) are passed over.
        case head(ResponseHead)
        /// A piece of the body.
        case body(ByteBuffer)
        /// The end of the response.
        case end
    }

    /// Why the bytes are not a response.
    struct Failure: Error, Equatable {
        /// What was wrong, for the log.
        let reason: String
    }

    private enum State {
        case head
        case length(Int)
        case chunkSize
        case chunk(Int)
        case chunkEnd
        case trailers
        case untilClose
        case finished
    }

    /// The largest head, chunk-size line or trailer block.
    private static let maximumHead = 65_536

    private var state = State.head
    private var input = ByteBuffer()
    private(set) var keepsAlive = true
    /// Whether the answer may have a body; that to `HEAD` has none, whatever its head says.
    private var hasBody = true
    /// Whether any byte of the present response has been seen.
    private(set) var hasBegun = false

    /// Takes bytes from the connection.
    mutating func append(_ bytes: inout ByteBuffer) {
        self.hasBegun = self.hasBegun || bytes.readableBytes > 0
        if self.input.readableBytes == 0 {
            self.input = bytes
        } else {
            self.input.writeBuffer(&bytes)
        }
    }

    /// The next part, or nil until more bytes come.
    mutating func next() throws(Failure) -> Part? {
        while true {
            switch self.state {
            case .head:
                guard let head = try self.readHead() else { return nil }
                if head.status >= 200 { return .head(head) }
            case .length(let remaining):
                if remaining == 0 { return self.finish() }
                guard let body = self.readBody(upTo: remaining) else { return nil }
                self.state = .length(remaining - body.readableBytes)
                return .body(body)
            case .chunkSize:
                guard let line = try self.readLine() else { return nil }
                self.state = try ResponseDecoder.chunk(sizeLine: line)
            case .chunk(let remaining):
                guard let body = self.readBody(upTo: remaining) else { return nil }
                self.state = remaining == body.readableBytes ? .chunkEnd : .chunk(remaining - body.readableBytes)
                return .body(body)
            case .chunkEnd:
                guard let line = try self.readLine() else { return nil }
                guard line.isEmpty else { throw Failure(reason: "a chunk is longer than it says") }
                self.state = .chunkSize
            case .trailers:
                guard let line = try self.readLine() else { return nil }
                if line.isEmpty { return self.finish() }
            case .untilClose:
                guard let body = self.readBody(upTo: .max) else { return nil }
                return .body(body)
            case .finished: return nil
            }
        }
    }

    /// The connection was closed by the other side: the end of a response without a length, else a failure.
    mutating func close() throws(Failure) -> Part? {
        switch self.state {
        case .untilClose: return self.finish()
        case .finished: return nil
        default: throw Failure(reason: "the connection was closed in the middle of the answer")
        }
    }

    /// Whether bytes are left over behind the end of the response.
    var hasLeftOver: Bool { self.input.readableBytes > 0 }

    /// Gets ready for the next response on the same connection.
    mutating func reset(hasBody: Bool = true) {
        self = ResponseDecoder()
        self.hasBody = hasBody
    }

    // MARK: Parts

    private mutating func finish() -> Part {
        self.state = .finished
        return .end
    }

    private mutating func readBody(upTo limit: Int) -> ByteBuffer? {
        let count = min(limit, self.input.readableBytes)
        return count > 0 ? self.input.readSlice(length: count) : nil
    }

    /// Reads a line without its end, which may be CRLF or a bare LF.
    private mutating func readLine() throws(Failure) -> Substring? {
        let view = self.input.readableBytesView
        guard let newline = view.firstIndex(of: 0x0A) else {
            guard view.count <= ResponseDecoder.maximumHead else { throw Failure(reason: "a line has no end") }
            return nil
        }
        let text = Substring(decoding: view[..<newline], as: UTF8.self)
        self.input.moveReaderIndex(to: newline + 1)
        return text.hasSuffix("\r") ? text.dropLast() : text
    }

    private mutating func readHead() throws(Failure) -> ResponseHead? {
        guard let end = self.endOfHead() else {
            guard self.input.readableBytes <= ResponseDecoder.maximumHead else {
                throw Failure(reason: "the head is larger than \(ResponseDecoder.maximumHead) bytes")
            }
            return nil
        }
        let text = String(decoding: self.input.readableBytesView[..<end], as: UTF8.self)
        self.input.moveReaderIndex(to: end)
        var lines = text.utf8.split(separator: 0x0A)[...]
        guard let status = lines.popFirst() else { throw Failure(reason: "the head is empty") }
        return try self.head(statusLine: Substring(status).trimmingSpaces, fields: lines)
    }

    /// The index behind the empty line that ends a head.
    private func endOfHead() -> Int? {
        let view = self.input.readableBytesView
        var start = view.startIndex
        while let newline = view[start...].firstIndex(of: 0x0A) {
            let next = newline + 1
            if next < view.endIndex, view[next] == 0x0A { return next + 1 }
            if next + 1 < view.endIndex, view[next] == 0x0D, view[next + 1] == 0x0A { return next + 2 }
            start = next
        }
        return nil
    }

    private mutating func head(
        statusLine: Substring,
        fields: ArraySlice<Substring.UTF8View>
    ) throws(Failure) -> ResponseHead {
        let words = statusLine.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]), (100...999).contains(status)
        else { throw Failure(reason: "the status line is not HTTP/1") }
        var head = ResponseHead(status: status)
        var length: Int?
        var isChunked = false
        self.keepsAlive = words[0] != "HTTP/1.0"
        for field in fields where field.count > 1 {
            guard let colon = field.firstIndex(of: UInt8(ascii: ":")) else {
                throw Failure(reason: "a header field has no colon")
            }
            let name = field[..<colon]
            let value = Substring(field[field.index(after: colon)...])
            if name.isName("content-length") {
                let digits = value.trimmingSpaces
                guard digits.allSatisfy(\.isNumber), let number = Int(digits), length ?? number == number else {
                    throw Failure(reason: "Content-Length is not one number")
                }
                length = number
            } else if name.isName("transfer-encoding") {
                isChunked = value.trimmingSpaces.lowercased().hasSuffix("chunked")
            } else if name.isName("connection") {
                for option in value.utf8.split(separator: UInt8(ascii: ",")) {
                    let option = Substring(option).trimmingSpaces.utf8
                    if option.isName("close") { self.keepsAlive = false }
                    if option.isName("keep-alive") { self.keepsAlive = true }
                }
            } else if name.isName("content-type") {
                head.contentType = value.trimmingSpaces.lowercased()
            } else if name.isName("location") {
                head.location = String(value.trimmingSpaces)
            }
        }
        head.contentLength = isChunked ? nil : length
        self.enterBody(status: status, isChunked: isChunked, length: length)
        return head
    }

    /// Which kind of body follows: RFC 9112, section 6.3.
    private mutating func enterBody(status: Int, isChunked: Bool, length: Int?) {
        if status < 200 {
            self.state = .head
        } else if status == 204 || status == 304 || !self.hasBody {
            self.state = .length(0)
        } else if isChunked {
            self.state = .chunkSize
        } else if let length {
            self.state = .length(length)
        } else {
            self.keepsAlive = false
            self.state = .untilClose
        }
    }

    private static func chunk(sizeLine line: Substring) throws(Failure) -> State {
        let digits = line.prefix { $0 != ";" }.trimmingSpaces
        guard (1...15).contains(digits.utf8.count), digits.allSatisfy(\.isHexDigit), let size = Int(digits, radix: 16)
        else {
            throw Failure(reason: "a chunk's size is not a number")
        }
        return size == 0 ? .trailers : .chunk(size)
    }
}

extension Substring.UTF8View {
    /// Whether this is the name of a field or an option, which have no case (RFC 9110, sections 5.1 and 7.6.1).
    fileprivate func isName(_ name: StaticString) -> Bool {
        self.count == name.utf8CodeUnitCount && name.withUTF8Buffer { $0.elementsEqual(self.lazy.map { $0 | 0x20 }) }
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var rest = self
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" || last == "\r" { rest.removeLast() }
        return rest
    }
}
