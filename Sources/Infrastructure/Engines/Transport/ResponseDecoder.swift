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

    private static let nothing = ByteBuffer()

    private var state = State.head
    private var input = ResponseDecoder.nothing
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
                guard let size = try self.readLine(ResponseDecoder.chunkSize) else { return nil }
                self.state = size == 0 ? .trailers : .chunk(size)
            case .chunk(let remaining):
                guard let body = self.readBody(upTo: remaining) else { return nil }
                self.state = remaining == body.readableBytes ? .chunkEnd : .chunk(remaining - body.readableBytes)
                return .body(body)
            case .chunkEnd:
                guard let rest = try self.readLine(\.count) else { return nil }
                guard rest == 0 else { throw Failure(reason: "a chunk is longer than it says") }
                self.state = .chunkSize
            case .trailers:
                guard let length = try self.readLine(\.count) else { return nil }
                if length == 0 { return self.finish() }
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

    /// Lets go of what has been read: the connection reads into the same memory again if nobody else holds it.
    mutating func release() {
        if self.input.readableBytes == 0 { self.input = ResponseDecoder.nothing }
    }

    /// Reads a line and gives what is made of it, without its end, which may be CRLF or a bare LF; nil while it has none.
    private mutating func readLine<Value>(
        _ read: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value? {
        let available = self.input.readableBytes
        let found = self.input.withUnsafeReadableBytes { bytes -> (length: Int, value: Result<Value, Failure>)? in
            guard let end = bytes.firstIndex(of: 0x0A) else { return nil }
            let isCRLF = end > 0 && bytes[end - 1] == 0x0D
            let line = UnsafeRawBufferPointer(rebasing: bytes[..<(isCRLF ? end - 1 : end)])
            return (end + 1, Result { () throws(Failure) in try read(line) })
        }
        guard let found else {
            guard available <= ResponseDecoder.maximumHead else { throw Failure(reason: "a line has no end") }
            return nil
        }
        self.input.moveReaderIndex(forwardBy: found.length)
        return try found.value.get()
    }

    private mutating func readHead() throws(Failure) -> ResponseHead? {
        guard let end = self.endOfHead() else {
            guard self.input.readableBytes <= ResponseDecoder.maximumHead else {
                throw Failure(reason: "the head is larger than \(ResponseDecoder.maximumHead) bytes")
            }
            return nil
        }
        let length = end - self.input.readerIndex
        let parsed = self.input.withUnsafeReadableBytes { bytes in
            Result { () throws(Failure) in try ResponseHeadParser(UnsafeRawBufferPointer(rebasing: bytes[..<length])) }
        }
        self.input.moveReaderIndex(to: end)
        let found = try parsed.get()
        self.keepsAlive = found.keepsAlive
        self.enterBody(status: found.head.status, isChunked: found.isChunked, length: found.length)
        return found.head
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

    /// The size in the line before a chunk (RFC 9112, section 7.1); what stands behind a semicolon says nothing to us.
    private static func chunkSize(_ line: UnsafeRawBufferPointer) throws(Failure) -> Int {
        let digits = UnsafeRawBufferPointer(rebasing: line.prefix { $0 != UInt8(ascii: ";") }).trimmed
        guard (1...15).contains(digits.count) else { throw Failure(reason: "a chunk's size is not a number") }
        var size = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): size = size << 4 | Int(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): size = size << 4 | Int(digit - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): size = size << 4 | Int(digit - UInt8(ascii: "A") + 10)
            default: throw Failure(reason: "a chunk's size is not a number")
            }
        }
        return size
    }
}
