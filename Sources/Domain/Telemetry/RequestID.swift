/// The name of one request, in its answer, its log line and its place in the queue.
public struct RequestID: Sendable, Hashable, CustomStringConvertible {
    /// The id as text.
    public let description: String

    /// Wraps an id that the service made.
    public init(generated id: String) {
        self.description = id
    }

    /// Takes a caller's id, if it is 1 to 128 of `[A-Za-z0-9._:-]`; anything else gives nil and is to be replaced.
    public init?(caller id: String) {
        guard (1...128).contains(id.utf8.count) else { return nil }
        for byte in id.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"),
                UInt8(ascii: "-"):
                continue
            default: return nil
            }
        }
        self.description = id
    }
}
