import HTTPTypes
import NIOCore

/// Writes the answers of one connection as bytes, one after the other: HTTP/1.1 (RFC 9112).
///
/// A head, and the pieces of a body that are small, are gathered in one buffer: what is ready at once leaves in one write.
struct AnswerEncoder {
    /// How the end of a body is told (RFC 9112, section 6.3).
    private enum Framing {
        /// There is no body.
        case none
        /// The head says how long it is.
        case length
        /// Each piece says how long it is.
        case chunks
    }

    /// Pieces up to this size are copied to what stands before them, in bytes; larger ones go out as they are.
    static let copyLimit = 16_384
    /// What a head may take, for most answers.
    private static let headCapacity = 1024
    /// What the framing of a chunk may take.
    private static let framingCapacity = 24

    private var framing = Framing.none
    /// What is ready to be written.
    private(set) var ready = ByteBuffer()
    /// What was taken last of an answer that goes on: its room is used again once it has left.
    private var sent = ByteBuffer()
    private var isOver = false

    /// Appends a head that is not informational.
    ///
    /// `lines`: what it has beside its own fields.
    ///
    /// - Returns: whether it says that the connection is closed behind the answer.
    mutating func append(_ head: HTTPResponse, _ lines: FieldLines = FieldLines()) -> Bool {
        self.isOver = false
        self.ready.reserveCapacity(minimumWritableBytes: AnswerEncoder.headCapacity)
        // Each look at it reads it anew.
        let status = head.status
        self.ready.writeStatus(status)
        let mayHaveBody = status.code != 204 && status.code != 304
        var (hasLength, closes) = (lines.bodyLength != nil, false)
        for field in head.headerFields {
            let name = field.name
            if name == .contentLength {
                guard mayHaveBody else { continue }
                hasLength = true
            } else if name == .transferEncoding {
                continue
            } else if name == .connection {
                closes = field.value == "close"
            }
            self.ready.writeField(name.rawName, field.value)
        }
        self.ready.writeBytes(lines.bytes)
        self.framing = !mayHaveBody ? .none : hasLength ? .length : .chunks
        if case .chunks = self.framing { self.ready.writeStaticString("transfer-encoding: chunked\r\n") }
        self.ready.writeStaticString("\r\n")
        return closes
    }

    /// Appends a piece of the body.
    ///
    /// - Returns: the piece itself if it is too large to be copied: it has to be written behind what is ready, and before
    ///   what ``appendEndOfPiece()`` adds.
    mutating func append(_ piece: ByteBuffer) -> ByteBuffer? {
        let count = piece.readableBytes
        // An empty chunk would be taken for the end.
        guard count > 0 else { return nil }
        let isCopied = count <= AnswerEncoder.copyLimit
        self.reuse()
        self.ready.reserveCapacity(minimumWritableBytes: (isCopied ? count : 0) + AnswerEncoder.framingCapacity)
        if case .chunks = self.framing { self.ready.writeChunkSize(count) }
        guard isCopied else { return piece }
        self.ready.writeImmutableBuffer(piece)
        self.appendEndOfPiece()
        return nil
    }

    /// Appends what ends a piece that was too large to be copied.
    mutating func appendEndOfPiece() {
        if case .chunks = self.framing { self.ready.writeStaticString("\r\n") }
    }

    /// Appends the end of an answer.
    mutating func appendEnd(_ trailers: HTTPFields?) {
        self.isOver = true
        guard case .chunks = self.framing else { return }
        self.ready.writeStaticString("0\r\n")
        for field in trailers ?? [:] { self.ready.writeField(field.name.rawName, field.value) }
        self.ready.writeStaticString("\r\n")
    }

    /// Takes out what is ready; nil if nothing is.
    mutating func take() -> ByteBuffer? {
        guard self.ready.readableBytes > 0 else { return nil }
        let taken = self.ready
        self.ready = ByteBuffer()
        self.sent = self.isOver || taken.readableBytes > AnswerEncoder.copyLimit ? ByteBuffer() : taken
        return taken
    }

    /// Gets ready for a piece of a body of which others have gone before.
    private mutating func reuse() {
        guard self.ready.readableBytes == 0 else { return }
        swap(&self.ready, &self.sent)
        // Where the piece before has not left yet, this makes room of its own.
        self.ready.clear()
    }
}

extension ByteBuffer {
    /// Writes the first line of a head.
    fileprivate mutating func writeStatus(_ status: HTTPResponse.Status) {
        // The one that nearly all have is not put together anew.
        if status.code == 200, status.reasonPhrase == "OK" {
            self.writeStaticString("HTTP/1.1 200 OK\r\n")
        } else {
            self.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
        }
    }

    /// Writes a field of a head.
    ///
    /// Its value holds no line break: `HTTPField` sees to that.
    fileprivate mutating func writeField(_ name: String, _ value: String) {
        let count = name.utf8.count + value.utf8.count + 4
        self.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            var index = bytes.put(name, at: 0)
            bytes[index] = UInt8(ascii: ":")
            bytes[index + 1] = UInt8(ascii: " ")
            index = bytes.put(value, at: index + 2)
            bytes[index] = 0x0D
            bytes[index + 1] = 0x0A
            return index + 2
        }
    }

    /// Writes the line before a chunk (RFC 9112, section 7.1).
    fileprivate mutating func writeChunkSize(_ count: Int) {
        let digits = (67 - max(1, count).leadingZeroBitCount) / 4
        self.writeWithUnsafeMutableBytes(minimumWritableBytes: digits + 2) { bytes in
            var rest = count
            for index in (0..<digits).reversed() {
                let digit = UInt8(truncatingIfNeeded: rest & 0xF)
                bytes[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                rest >>= 4
            }
            bytes[digits] = 0x0D
            bytes[digits + 1] = 0x0A
            return digits + 2
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Copies a text to a place that has room for it; returns where it ends.
    fileprivate func put(_ text: String, at start: Int) -> Int {
        var text = text
        return text.withUTF8 { utf8 in
            let target = UnsafeMutableRawBufferPointer(rebasing: self[start..<(start + utf8.count)])
            target.copyMemory(from: UnsafeRawBufferPointer(utf8))
            return start + utf8.count
        }
    }
}
