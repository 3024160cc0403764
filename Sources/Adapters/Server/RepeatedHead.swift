import HTTPTypes
import NIOCore

/// The head of a request as bytes, in which all but the length of the body stands fast: most callers send nothing else on a
/// connection, request after request.
///
/// Nothing is ever understood by it that the decoder has not understood before: it only finds the same bytes again.
struct RepeatedHead {
    /// All before the digits of `Content-Length`.
    private let prefix: ByteBuffer
    /// All behind them, the empty line included.
    private let suffix: ByteBuffer
    /// How long the head was.
    let count: Int

    /// No body is longer than what so many digits say.
    private static let maximumDigits = 9
    private static let method = Array("POST ".utf8)
    /// What ends the request line.
    private static let version = Array(" HTTP/1.1\r\n".utf8)
    private static let name = Array("content-length:".utf8)

    /// Takes the head at the beginning of what has come; nil where it is not one that can be found again.
    ///
    /// - Parameters:
    ///   - bytes: what has come; of this and no earlier the head is the beginning.
    ///   - head: what the decoder has made of it.
    init?(_ bytes: ByteBuffer, decodedAs head: HTTPRequest) {
        let fields = head.headerFields
        let lengths = fields[values: .contentLength]
        guard lengths.count == 1, fields[.transferEncoding] == nil, fields[.upgrade] == nil,
            let view = RepeatedHead.head(in: bytes), RepeatedHead.isPost(view),
            let digits = RepeatedHead.length(in: view), lengths[0].utf8.elementsEqual(view[digits])
        else { return nil }
        self.prefix = ByteBuffer(bytes: view[..<digits.lowerBound])
        self.suffix = ByteBuffer(bytes: view[digits.upperBound...])
        self.count = view.count
    }

    /// The bytes up to the end of the first empty line; nil where a line ends in any other way than by CR and LF.
    private static func head(in bytes: ByteBuffer) -> ByteBufferView? {
        let view = bytes.readableBytesView
        var (lineStart, index) = (view.startIndex, view.startIndex)
        while index < view.endIndex {
            defer { index += 1 }
            guard view[index] == UInt8(ascii: "\n") else { continue }
            guard index > lineStart, view[index - 1] == UInt8(ascii: "\r") else { return nil }
            if index - 1 == lineStart { return view[...index] }
            lineStart = index + 1
        }
        return nil
    }

    /// Whether a head begins with the line of a `POST` by HTTP/1.1.
    private static func isPost(_ head: ByteBufferView) -> Bool {
        guard head.starts(with: self.method), let end = head.firstIndex(of: UInt8(ascii: "\n")) else { return false }
        return head[...end].suffix(self.version.count).elementsEqual(self.version)
    }

    /// Where the digits of `Content-Length` stand; nil unless there is one such line, with digits and nothing behind them.
    private static func length(in head: ByteBufferView) -> Range<Int>? {
        var found: Range<Int>?
        var start = head.startIndex
        while let end = head[start...].firstIndex(of: UInt8(ascii: "\r")) {
            let line = head[start..<end]
            // A line that goes on in the next one is obsolete, and nothing to be found again.
            if line.first == UInt8(ascii: " ") || line.first == UInt8(ascii: "\t") { return nil }
            if line.count > self.name.count, zip(line, self.name).allSatisfy({ $0 | 0x20 == $1 || $0 == $1 }) {
                guard found == nil else { return nil }
                let digits = line.dropFirst(self.name.count).drop { $0 == UInt8(ascii: " ") }
                guard !digits.isEmpty, digits.count <= self.maximumDigits,
                    digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
                else { return nil }
                found = digits.startIndex..<digits.endIndex
            }
            start = end + 2
        }
        return found
    }

    /// The body, if what has come is the same head and a body of just the length that it says.
    func body(in bytes: ByteBuffer) -> ByteBuffer? {
        var rest = bytes
        guard rest.readSlice(length: self.prefix.readableBytes) == self.prefix else { return nil }
        let (length, digits) = RepeatedHead.number(at: rest.readableBytesView)
        rest.moveReaderIndex(forwardBy: digits)
        guard digits > 0, rest.readableBytes == self.suffix.readableBytes + length,
            rest.readSlice(length: self.suffix.readableBytes) == self.suffix
        else { return nil }
        return rest
    }

    /// A number of at most so many digits, and how many it has; none for one that is spelt with zeros before it.
    private static func number(at bytes: ByteBufferView) -> (value: Int, digits: Int) {
        var (value, digits) = (0, 0)
        for byte in bytes.prefix(self.maximumDigits) {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            guard digits == 0 || value > 0 else { return (0, 0) }
            value = value * 10 + Int(digit)
            digits += 1
        }
        return (value, digits)
    }
}
