/// Takes keys out of what is written down.
struct KeyRedaction: Sendable {
    /// What stands where a key was.
    static let placeholder = "[redacted]"

    /// Header fields whose values are keys, or hold one.
    private static let secretNames: Set<String> = [
        "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key",
    ]
    /// Parts of names of header fields that others use for keys.
    private static let secretParts = ["token", "secret", "password", "apikey", "api-key"]

    /// How keys begin, and from which length on such a word is taken for one: our own (`so_NAME_` and 43 characters), and
    /// those of OpenAI and Anthropic, which clients send by mistake.
    private static let prefixes: [(text: [UInt8], length: Int)] = [
        (Array("so_".utf8), 47), (Array("sk-".utf8), 20), (Array("whsec_".utf8), 24),
    ]

    /// The key that the caller has shown.
    private let key: [UInt8]

    init(key: String?) {
        self.key = Array((key ?? "").utf8)
    }

    /// A header field without its key.
    func header(_ field: (name: String, value: String)) -> (name: String, value: String) {
        let name = field.name.lowercased()
        let isSecret = Self.secretNames.contains(name) || Self.secretParts.contains { name.contains($0) }
        if isSecret { return (field.name, Self.placeholder) }
        let value = self.body(Array(field.value.utf8), isTruncated: false)
        return (field.name, String(decoding: value, as: UTF8.self))
    }

    /// A body without keys.
    ///
    /// `isTruncated`: whether there is more of it, so that its last word may be the beginning of a key.
    func body(_ bytes: [UInt8], isTruncated: Bool) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if let end = self.endOfKey(at: index, in: bytes, isTruncated: isTruncated) {
                output += Self.placeholder.utf8
                index = end
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
        return output
    }

    /// Where a key ends that begins here; nil if none does.
    private func endOfKey(at start: Int, in bytes: [UInt8], isTruncated: Bool) -> Int? {
        let first = bytes[start]
        if self.key.first == first, !self.key.isEmpty {
            let rest = bytes[start...].prefix(self.key.count)
            if rest.elementsEqual(self.key) { return start + self.key.count }
            if isTruncated, rest.endIndex == bytes.endIndex, self.key.starts(with: rest) { return bytes.endIndex }
        }
        for prefix in Self.prefixes where prefix.text[0] == first && bytes[start...].starts(with: prefix.text) {
            var end = start
            while end < bytes.count, Self.isOfKey(bytes[end]) { end += 1 }
            if end - start >= prefix.length || isTruncated && end == bytes.count { return end }
        }
        return nil
    }

    /// Whether a byte may stand in a key.
    private static func isOfKey(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
