/// The inside of a JSON string exactly as it came: escapes included, quotes left out.
///
/// An engine's tokens travel as this type from the engine's answer into ours, so that most of them are never decoded:
/// both sides are JSON strings, and the bytes of one are valid in the other.
public struct JSONText: Sendable, Hashable {
    /// The bytes between the quotes: valid UTF-8, valid escapes, no bare quote and no control character.
    public let escaped: ArraySlice<UInt8>
    /// Whether something in it is escaped; nil where nobody has looked.
    private let knownEscapes: Bool?

    /// Wraps bytes that a ``JSONScanner`` has already found to be the inside of a JSON string.
    public init(validated escaped: ArraySlice<UInt8>) {
        self.escaped = escaped
        self.knownEscapes = nil
    }

    init(validated escaped: ArraySlice<UInt8>, hasEscapes: Bool) {
        self.escaped = escaped
        self.knownEscapes = hasEscapes
    }

    /// Escapes a string.
    public init(_ string: String) {
        var writer = JSONWriter()
        writer.escape(string)
        self.escaped = writer.bytes[...]
        self.knownEscapes = nil
    }

    /// Whether the string has no characters.
    public var isEmpty: Bool { self.escaped.isEmpty }

    /// Whether something in it is escaped; if not, the bytes are the string.
    public var hasEscapes: Bool {
        self.knownEscapes ?? WordSearch.contains(UInt8(ascii: "\\"), in: self.escaped)
    }

    /// Whether two stand there in the same bytes; whether it was known what is in them does not matter.
    public static func == (left: JSONText, right: JSONText) -> Bool { left.escaped == right.escaped }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.escaped)
    }

    /// Whether a text is a certain one, for a `switch` over the names of fields: nothing is decoded where nothing is escaped.
    @inline(__always)
    public static func ~= (name: StaticString, text: JSONText) -> Bool {
        // An escaped text is longer than what it stands for.
        let count = name.utf8CodeUnitCount
        guard text.escaped.count == count else {
            return text.escaped.count > count && text.hasEscapes && text.decoded == "\(name)"
        }
        return text.escaped.withUnsafeBytes {
            WordSearch.isEqual($0, UnsafeRawBufferPointer(start: name.utf8Start, count: count))
        }
    }

    /// The string that the bytes stand for.
    ///
    /// A lone surrogate escape becomes U+FFFD, as Go's and JavaScript's decoders do.
    public var decoded: String {
        guard self.hasEscapes else {
            return String(decoding: self.escaped, as: UTF8.self)
        }
        return JSONText.unescape(self.escaped)
    }

    private static func unescape(_ bytes: ArraySlice<UInt8>) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "\\"), index + 1 < bytes.endIndex else {
                output.append(byte)
                index += 1
                continue
            }
            let kind = bytes[index + 1]
            index += 2
            switch kind {
            case UInt8(ascii: "n"): output.append(0x0A)
            case UInt8(ascii: "t"): output.append(0x09)
            case UInt8(ascii: "r"): output.append(0x0D)
            case UInt8(ascii: "b"): output.append(0x08)
            case UInt8(ascii: "f"): output.append(0x0C)
            case UInt8(ascii: "u"): output.append(contentsOf: JSONText.scalar(in: bytes, at: &index).utf8)
            default: output.append(kind)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Reads the hex digits after `\u`, and a second escape where the first is the high half of a pair.
    private static func scalar(in bytes: ArraySlice<UInt8>, at index: inout Int) -> Character {
        let first = JSONText.hex(in: bytes, at: index)
        index += 4
        if (0xD800..<0xDC00).contains(first), index + 5 < bytes.endIndex, bytes[index] == UInt8(ascii: "\\"),
            bytes[index + 1] == UInt8(ascii: "u")
        {
            let second = JSONText.hex(in: bytes, at: index + 2)
            if (0xDC00..<0xE000).contains(second) {
                index += 6
                let value = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
                return Unicode.Scalar(value).map(Character.init) ?? "\u{FFFD}"
            }
        }
        return Unicode.Scalar(first).map(Character.init) ?? "\u{FFFD}"
    }

    private static func hex(in bytes: ArraySlice<UInt8>, at index: Int) -> UInt32 {
        var value: UInt32 = 0
        for byte in bytes[index..<min(index + 4, bytes.endIndex)] {
            value = value << 4 | UInt32(JSONScanner.hexDigit(byte) ?? 0)
        }
        return value
    }
}
