/// Two JSON values are equal exactly if their canonical bytes are.
///
/// Numbers by value, strings by their scalars, objects without order; of fields with the same name the last one counts.
enum CanonicalValue {
    /// The canonical bytes of a value; nil if there are more than the limit.
    static func bytes(_ value: JSONValue, atMost limit: Int = .max) -> [UInt8]? {
        var bytes: [UInt8] = []
        return CanonicalValue.append(value, to: &bytes, atMost: limit) ? bytes : nil
    }

    private static func append(_ value: JSONValue, to bytes: inout [UInt8], atMost limit: Int) -> Bool {
        switch value {
        case .null: bytes.append(UInt8(ascii: "n"))
        case .bool(let bool): bytes.append(UInt8(ascii: bool ? "t" : "f"))
        case .number(let number): bytes.append(contentsOf: DecimalNumber(number).canonical.utf8)
        case .string(let string): CanonicalValue.append(string, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for element in elements {
                guard CanonicalValue.append(element, to: &bytes, atMost: limit) else { return false }
                bytes.append(UInt8(ascii: ","))
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            guard object.members.count <= limit else { return false }
            bytes.append(UInt8(ascii: "{"))
            for (key, value) in CanonicalValue.members(of: object) {
                CanonicalValue.append(key, to: &bytes)
                guard CanonicalValue.append(value, to: &bytes, atMost: limit) else { return false }
            }
            bytes.append(UInt8(ascii: "}"))
        }
        return bytes.count <= limit
    }

    private static func append(_ string: String, to bytes: inout [UInt8]) {
        // The length before the bytes: no string needs an escape.
        bytes.append(contentsOf: "\"\(string.utf8.count):".utf8)
        bytes.append(contentsOf: string.utf8)
    }

    private static func members(of object: JSONObject) -> [(key: String, value: JSONValue)] {
        var last: [String: JSONValue] = [:]
        for member in object.members { last[member.key] = member.value }
        return last.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}

/// The values that `enum` and `const` allow.
struct AllowedValues: Sendable {
    private let canonical: Set<[UInt8]>
    private let longest: Int
    /// The values in words, for an error text.
    let words: String

    /// Creates a set of values.
    init(_ values: [JSONValue]) {
        let all = values.compactMap { CanonicalValue.bytes($0) }
        self.canonical = Set(all)
        self.longest = all.map(\.count).max() ?? 0
        var words = ""
        for value in values.prefix(20) {
            guard words.utf8.count < 200 else { break }
            words += words.isEmpty ? "" : ", "
            words += String(value.text.prefix(64))
        }
        let isCut = words.utf8.count >= 200 || values.count > 20
        self.words = isCut ? words + " …" : words
    }

    /// Whether a value is one of them.
    func contains(_ value: JSONValue) -> Bool {
        guard let bytes = CanonicalValue.bytes(value, atMost: self.longest) else { return false }
        return self.canonical.contains(bytes)
    }
}
