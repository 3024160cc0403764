/// Reads the head of a response: status line and fields (RFC 9112, sections 4 and 5), and of these only what decides how the
/// body is framed, and what the service wants to know.
///
/// It looks at bytes, and makes texts of two values alone: a head is read with every request.
struct ResponseHeadParser {
    /// What was found.
    private(set) var head = ResponseHead(status: 0)
    /// Whether the connection may be used again, as far as the head says.
    private(set) var keepsAlive = true
    private(set) var isChunked = false
    private(set) var length: Int?

    /// Reads a head that is there as a whole, its empty line included.
    init(_ bytes: UnsafeRawBufferPointer) throws(ResponseDecoder.Failure) {
        var start = bytes.startIndex
        var isFirst = true
        while start < bytes.endIndex {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.endIndex
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            if isFirst { try self.readStatus(line) } else if line.count > 1 { try self.readField(line) }
            isFirst = false
            start = end + 1
        }
        self.head.contentLength = self.isChunked ? nil : self.length
    }

    private mutating func readStatus(_ line: UnsafeRawBufferPointer) throws(ResponseDecoder.Failure) {
        // As nearly every engine writes it.
        if line.starts(with: "HTTP/1.1 200 ".utf8) {
            self.head.status = 200
            return
        }
        let words = line.trimmed.split(separator: 0x20, maxSplits: 2)
        guard words.count >= 2, words[0].starts(with: "HTTP/1.".utf8), words[1].count == 3,
            let status = ResponseHeadParser.number(words[1]), status >= 100
        else { throw ResponseDecoder.Failure(reason: "the status line is not HTTP/1") }
        self.head.status = status
        self.keepsAlive = !words[0].elementsEqual("HTTP/1.0".utf8)
    }

    private mutating func readField(_ line: UnsafeRawBufferPointer) throws(ResponseDecoder.Failure) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            throw ResponseDecoder.Failure(reason: "a header field has no colon")
        }
        let name = line[..<colon]
        let value = UnsafeRawBufferPointer(rebasing: line[(colon + 1)...]).trimmed
        switch name.count {
        case 14 where name.isName("content-length"):
            guard let number = ResponseHeadParser.number(value), self.length ?? number == number else {
                throw ResponseDecoder.Failure(reason: "Content-Length is not one number")
            }
            self.length = number
        case 17 where name.isName("transfer-encoding"): self.isChunked = value.suffix(7).isName("chunked")
        case 10 where name.isName("connection"):
            for option in value.split(separator: UInt8(ascii: ",")) {
                let option = UnsafeRawBufferPointer(rebasing: option).trimmed
                if option.isName("close") { self.keepsAlive = false }
                if option.isName("keep-alive") { self.keepsAlive = true }
            }
        case 12 where name.isName("content-type"):
            let known = ResponseHeadParser.contentTypes.first { value.elementsEqual($0.utf8) }
            self.head.contentType = known ?? String(decoding: value, as: UTF8.self).lowercased()
        case 8 where name.isName("location"): self.head.location = String(decoding: value, as: UTF8.self)
        default: break
        }
    }

    /// What engines nearly always send: no text is made for these.
    private static let contentTypes = [
        "application/json; charset=utf-8", "application/x-ndjson", "text/event-stream", "application/json",
    ]

    /// A number of digits alone; nil for anything else, and for one that is too large.
    private static func number(_ digits: Slice<UnsafeRawBufferPointer>) -> Int? {
        guard !digits.isEmpty else { return nil }
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (tens, isTooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = tens.addingReportingOverflow(Int(digit - UInt8(ascii: "0")))
            guard !isTooLarge, !overflows else { return nil }
            number = sum
        }
        return number
    }
}

extension Slice<UnsafeRawBufferPointer> {
    /// Whether this is the name of a field or an option, which have no case (RFC 9110, sections 5.1 and 7.6.1).
    fileprivate func isName(_ name: StaticString) -> Bool {
        self.count == name.utf8CodeUnitCount && name.withUTF8Buffer { $0.elementsEqual(self.lazy.map { $0 | 0x20 }) }
    }
}

extension UnsafeRawBufferPointer {
    /// The same without blanks at both ends, and without the CR of a line's end.
    var trimmed: Slice<UnsafeRawBufferPointer> {
        var (start, end) = (self.startIndex, self.endIndex)
        while start < end, self[start] == 0x20 || self[start] == 0x09 { start += 1 }
        while start < end, [0x20, 0x09, 0x0D].contains(self[end - 1]) { end -= 1 }
        return self[start..<end]
    }
}
