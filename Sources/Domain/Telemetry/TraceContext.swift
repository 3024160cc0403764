/// A request's place in a trace that goes through several services: what the headers `traceparent` and `tracestate` say.
///
/// Source: W3C Trace Context, level 2.
public struct TraceContext: Sendable, Hashable {
    /// The trace.
    public var traceID: TraceID
    /// The span that whoever gets this is a part of.
    public var spanID: SpanID
    /// Whether the trace is being recorded.
    public var isSampled: Bool
    /// Whether the last seven bytes of the trace's id are known to be random.
    public var isRandom: Bool
    /// What others have added about the trace, as the value of `tracestate`; nil if there is nothing.
    public var state: String?

    /// Names a place in a trace.
    public init(
        traceID: TraceID,
        spanID: SpanID,
        isSampled: Bool = true,
        isRandom: Bool = false,
        state: String? = nil
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
        self.isRandom = isRandom
        self.state = state
    }

    /// Reads a `traceparent`, and what may stand beside it in `tracestate`.
    ///
    /// Nil for what is no valid `traceparent`; several of them, which arrive as one value with commas, are none. A higher
    /// version than 00 is read as far as 00 goes. A `tracestate` that breaks the rules is left out.
    public init?(traceparent: String, tracestate: String? = nil) {
        let bytes = Array(traceparent.utf8)
        guard bytes.count >= Self.length, let version = Self.byte(bytes[0...1]), version != 0xFF,
            bytes[2] == Self.dash, bytes[35] == Self.dash, bytes[52] == Self.dash,
            let traceID = TraceID(hex: bytes[3..<35]), let spanID = SpanID(hex: bytes[36..<52]),
            let flags = Self.byte(bytes[53..<55])
        else { return nil }
        if bytes.count > Self.length {
            // Only a later version has more, behind another dash.
            guard version > 0, bytes[Self.length] == Self.dash else { return nil }
        }
        self.init(
            traceID: traceID,
            spanID: spanID,
            isSampled: flags & Self.sampled != 0,
            isRandom: version == 0 && flags & Self.random != 0,
            state: tracestate.flatMap { TraceState.isValid($0) ? $0 : nil }
        )
    }

    /// The flags as `traceparent` has them.
    public var flags: UInt8 { (self.isSampled ? Self.sampled : 0) | (self.isRandom ? Self.random : 0) }

    /// The value of `traceparent`, in version 00.
    public var traceparent: String { "00-\(self.traceID)-\(self.spanID)-0\(self.flags)" }

    /// The same trace, seen from another span of it.
    public func with(_ spanID: SpanID) -> TraceContext {
        var context = self
        context.spanID = spanID
        return context
    }

    private static let length = 55
    private static let dash = UInt8(ascii: "-")
    private static let sampled: UInt8 = 1
    private static let random: UInt8 = 2

    private static func byte(_ digits: ArraySlice<UInt8>) -> UInt8? {
        guard let high = digits.first?.lowerHexValue, let low = digits.last?.lowerHexValue else { return nil }
        return high << 4 | low
    }
}

/// The rules for the value of `tracestate`.
///
/// Source: W3C Trace Context, level 2, section 3.3.
enum TraceState {
    /// The longest value that is passed on, in bytes: what the specification asks for at least.
    private static let limit = 512
    /// The most members of the list.
    private static let members = 32

    /// Whether a value may be passed on.
    static func isValid(_ value: String) -> Bool {
        guard (1...self.limit).contains(value.utf8.count) else { return false }
        var keys: Set<Substring> = []
        var count = 0
        for part in value.split(separator: ",", omittingEmptySubsequences: false) {
            let member = self.trimmed(part)
            // An empty one is allowed and means nothing.
            if member.isEmpty { continue }
            count += 1
            guard let equals = member.firstIndex(of: "="), count <= self.members else { return false }
            let key = member[..<equals]
            guard self.isKey(key), self.isValue(member[member.index(after: equals)...]), keys.insert(key).inserted
            else { return false }
        }
        return count > 0
    }

    private static func trimmed(_ part: Substring) -> Substring {
        func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }
        let tail = part.drop(while: isBlank)
        guard let last = tail.lastIndex(where: { !isBlank($0) }) else { return "" }
        return tail[...last]
    }

    private static func isKey(_ key: Substring) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard (1...256).contains(key.utf8.count), let first = key.utf8.first, isAlphanumeric(first) else {
            return false
        }
        return key.utf8.allSatisfy { isAlphanumeric($0) || "_-*/@".utf8.contains($0) }
    }

    private static func isValue(_ value: Substring) -> Bool {
        guard (1...256).contains(value.utf8.count) else { return false }
        return value.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "=") }
    }
}
