import Hummingbird

/// The parts of a path that a route leaves open with `**`, decoded.
///
/// A part may hold a slash that was percent-encoded, as names of models do.
enum PathParts {
    /// The parts; nil if one is not percent-encoded UTF-8.
    static func open(in context: ServiceContext) -> [String]? {
        var parts: [String] = []
        for part in context.parameters.getCatchAll() {
            guard let decoded = PathParts.decoded(part) else { return nil }
            parts.append(decoded)
        }
        return parts
    }

    /// The text of a percent-encoded part (RFC 3986, section 2.1).
    static func decoded(_ part: Substring) -> String? {
        guard part.utf8.contains(UInt8(ascii: "%")) else { return String(part) }
        var bytes: [UInt8] = []
        var rest = part.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(PathParts.digit),
                let low = rest.popFirst().flatMap(PathParts.digit)
            else { return nil }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
