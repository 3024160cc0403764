import Domain

/// The fields of a form with a file in it (RFC 7578), as far as the service must understand them.
struct MultipartForm: Sendable {
    /// The names of all fields.
    private(set) var names: Set<String> = []
    /// The values of the short ones that are no files.
    private(set) var values: [String: String] = [:]
    /// The bytes of all files.
    private(set) var fileBytes = 0

    /// The most fields in a form.
    private static let maximumFields = 100
    /// The longest value that is kept, in bytes.
    private static let maximumValue = 1024
    /// The longest head of a field, in bytes.
    private static let maximumHead = 8192

    /// Reads a form.
    ///
    /// - Parameters:
    ///   - bytes: the body.
    ///   - boundary: what separates the fields, as the request's `Content-Type` says.
    /// - Throws: ``ServiceError`` `invalid_request` for a body that is no form, has no end or too many fields.
    init(_ bytes: [UInt8], boundary: String) throws {
        let separator = Array("\r\n--\(boundary)".utf8)
        // The first one stands at the very beginning, or behind words that nobody is to read.
        var rest: ArraySlice<UInt8>
        if bytes.starts(with: separator.dropFirst(2)) {
            rest = bytes.dropFirst(separator.count - 2)
        } else if let first = MultipartForm.first(separator, in: bytes[...]) {
            rest = bytes[(first + separator.count)...]
        } else {
            throw MultipartForm.broken("its boundary does not occur")
        }
        while !rest.starts(with: "--".utf8) {
            guard self.names.count < MultipartForm.maximumFields else {
                throw MultipartForm.broken("it has more than \(MultipartForm.maximumFields) fields")
            }
            guard let end = MultipartForm.first(separator, in: rest) else {
                throw MultipartForm.broken("it has no end")
            }
            try self.add(rest[..<end])
            rest = rest[(end + separator.count)...]
        }
    }

    /// What separates the fields of a form.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` if the type is not that of a form, or the boundary no boundary
    ///   (RFC 2046, section 5.1.1).
    static func boundary(in contentType: String?) throws -> String {
        let parts = (contentType ?? "").split(separator: ";")
        let type = parts.first.map { MultipartForm.trimmed($0).lowercased() }
        guard type == "multipart/form-data" else {
            throw ServiceError(.invalidRequest, "A form is expected: 'Content-Type: multipart/form-data; boundary=…'.")
        }
        let boundary = MultipartForm.parameters(parts.dropFirst())["boundary"] ?? ""
        guard (1...70).contains(boundary.utf8.count), boundary.utf8.allSatisfy(MultipartForm.isOfBoundary) else {
            throw ServiceError(
                .invalidRequest,
                "The Content-Type of the form names no boundary, or one that cannot be."
            )
        }
        return boundary
    }

    // MARK: Parts

    /// Takes one field: the rest of the separator's line, a head, an empty line and the value.
    private mutating func add(_ field: ArraySlice<UInt8>) throws {
        let emptyLine = Array("\r\n\r\n".utf8)
        guard let end = MultipartForm.first(emptyLine, in: field.prefix(MultipartForm.maximumHead)) else {
            throw MultipartForm.broken("a field has no head")
        }
        let lines = String(decoding: field[..<end], as: UTF8.self).split(whereSeparator: \.isNewline)
        let disposition = lines.first { $0.lowercased().hasPrefix("content-disposition:") } ?? ""
        let parameters = MultipartForm.parameters(disposition.split(separator: ";").dropFirst())
        guard let name = parameters["name"] else { throw MultipartForm.broken("a field has no name") }
        self.names.insert(name)
        let value = field[(end + emptyLine.count)...]
        if parameters["filename"] != nil { self.fileBytes += value.count }
        guard parameters["filename"] == nil, value.count <= MultipartForm.maximumValue else { return }
        self.values[name] = String(decoding: value, as: UTF8.self)
    }

    /// `name="value"`, or without quotes.
    static func parameters(_ parts: some Sequence<Substring>) -> [String: String] {
        var parameters: [String: String] = [:]
        for part in parts {
            guard let equals = part.firstIndex(of: "=") else { continue }
            var value = MultipartForm.trimmed(part[part.index(after: equals)...])
            if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
            parameters[MultipartForm.trimmed(part[..<equals]).lowercased()] = String(value)
        }
        return parameters
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    /// Where bytes occur first.
    private static func first(_ pattern: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        var start = bytes.startIndex
        while let candidate = bytes[start...].firstIndex(of: pattern[0]) {
            if bytes[candidate...].starts(with: pattern) { return candidate }
            start = candidate + 1
        }
        return nil
    }

    private static func isOfBoundary(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: "'()+_,-./:=? ".utf8.contains(byte)
        }
    }

    private static func broken(_ why: String) -> ServiceError {
        ServiceError(.invalidRequest, "The form cannot be read: \(why).")
    }
}
