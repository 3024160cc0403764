import Domain

/// Reads a form with a file in it (RFC 7578) as it arrives, and keeps no more of it than a head and a piece.
struct MultipartStream {
    /// What has been read.
    enum Part: Equatable {
        /// A short field that is no file.
        case value(name: String, String)
        /// The next bytes of the file in a field.
        case file(name: String, filename: String, [UInt8])
    }

    private enum Place {
        /// Before the first separator.
        case preamble
        /// Behind a separator: its line's rest and a head.
        case head
        /// In a field that is no file.
        case value(String)
        /// In a file.
        case file(name: String, filename: String)
        /// Behind the last separator.
        case end
    }

    /// The longest head of a field, in bytes.
    private static let maximumHead = 8192
    /// The longest value of a field that is no file, in bytes.
    private static let maximumValue = 8192
    /// The most fields.
    private static let maximumFields = 100

    private let separator: [UInt8]
    private var place = Place.preamble
    private var fields = 0
    /// What has come and is not understood yet; the first separator has no line break before it, so one is put there.
    private var buffer: [UInt8] = [0x0D, 0x0A]

    /// Whether the form has come to its end.
    var isAtEnd: Bool { if case .end = self.place { true } else { false } }

    /// Starts before the first byte.
    ///
    /// `boundary`: what separates the fields, as the request's `Content-Type` says.
    init(boundary: String) {
        self.separator = Array("\r\n--\(boundary)".utf8)
    }

    /// Takes the next bytes.
    ///
    /// - Returns: what can be told now.
    /// - Throws: ``ServiceError`` `invalid_request` for what is no form.
    mutating func take(_ bytes: [UInt8]) throws -> [Part] {
        self.buffer.append(contentsOf: bytes)
        var parts: [Part] = []
        while try self.step(&parts) {}
        return parts
    }

    /// The body has ended.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` unless the form has as well.
    func end() throws {
        guard self.isAtEnd else { throw MultipartStream.broken("it has no end") }
    }

    // MARK: Steps

    /// Understands a bit more of the buffer; false when it needs more bytes.
    private mutating func step(_ parts: inout [Part]) throws -> Bool {
        switch self.place {
        case .preamble:
            guard try self.passField(keep: nil, &parts) else {
                guard self.buffer.count <= MultipartStream.maximumHead + self.separator.count else {
                    throw MultipartStream.broken("its boundary does not occur")
                }
                return false
            }
            return true
        case .head: return try self.readHead()
        case .value(let name): return try self.passField(keep: name, &parts)
        case .file(let name, let filename): return self.passFile(name, filename, &parts)
        case .end:
            self.buffer = []
            return false
        }
    }

    /// Passes what is before a separator: a short value, or what nobody is to read.
    private mutating func passField(keep name: String?, _ parts: inout [Part]) throws -> Bool {
        guard let range = ByteSearch.range(of: self.separator, in: self.buffer) else {
            guard self.buffer.count <= MultipartStream.maximumValue + self.separator.count else {
                throw MultipartStream.broken("the field '\(name?.prefix(60) ?? "")' is too long")
            }
            return false
        }
        if let name {
            parts.append(.value(name: name, String(decoding: self.buffer[..<range.lowerBound], as: UTF8.self)))
        }
        self.buffer.removeFirst(range.upperBound)
        self.place = .head
        return true
    }

    /// Passes on what cannot be the beginning of a separator.
    private mutating func passFile(_ name: String, _ filename: String, _ parts: inout [Part]) -> Bool {
        if let range = ByteSearch.range(of: self.separator, in: self.buffer) {
            let rest = Array(self.buffer[..<range.lowerBound])
            parts.append(.file(name: name, filename: filename, rest))
            self.buffer.removeFirst(range.upperBound)
            self.place = .head
            return true
        }
        let safe = self.buffer.count - self.separator.count + 1
        guard safe > 0 else { return false }
        parts.append(.file(name: name, filename: filename, Array(self.buffer[..<safe])))
        self.buffer.removeFirst(safe)
        return false
    }

    /// Reads the rest of a separator's line, and a head up to its empty line.
    private mutating func readHead() throws -> Bool {
        guard self.buffer.count >= 2 else { return false }
        if self.buffer.starts(with: "--".utf8) {
            self.place = .end
            return true
        }
        let emptyLine = Array("\r\n\r\n".utf8)
        guard let end = ByteSearch.range(of: emptyLine, in: self.buffer) else {
            guard self.buffer.count <= MultipartStream.maximumHead else {
                throw MultipartStream.broken("a head is too long")
            }
            return false
        }
        self.fields += 1
        guard self.fields <= MultipartStream.maximumFields else {
            throw MultipartStream.broken("it has more than \(MultipartStream.maximumFields) fields")
        }
        let lines = String(decoding: self.buffer[..<end.lowerBound], as: UTF8.self).split(whereSeparator: \.isNewline)
        let disposition = lines.first { $0.lowercased().hasPrefix("content-disposition:") } ?? ""
        let parameters = MultipartForm.parameters(disposition.split(separator: ";").dropFirst())
        guard let name = parameters["name"] else { throw MultipartStream.broken("a field has no name") }
        self.place = parameters["filename"].map { .file(name: name, filename: $0) } ?? .value(name)
        self.buffer.removeFirst(end.upperBound)
        return true
    }

    private static func broken(_ why: String) -> ServiceError {
        ServiceError(.invalidRequest, "The form cannot be read: \(why).")
    }
}

/// Looks for bytes in bytes.
private enum ByteSearch {
    /// Where a pattern, which is not empty, occurs first.
    static func range(of pattern: [UInt8], in bytes: [UInt8]) -> Range<Int>? {
        let last = bytes.count - pattern.count
        var start = 0
        while start <= last, let candidate = bytes[start...last].firstIndex(of: pattern[0]) {
            if bytes[candidate..<(candidate + pattern.count)].elementsEqual(pattern) {
                return candidate..<(candidate + pattern.count)
            }
            start = candidate + 1
        }
        return nil
    }
}
