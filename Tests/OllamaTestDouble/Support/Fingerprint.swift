/// A small stable hash and the numbers drawn from it.
///
/// Swift's own hash differs from run to run.
struct Fingerprint: Sendable {
    private(set) var state: UInt64

    init(_ text: String) {
        state = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 {
            state ^= UInt64(byte)
            state &*= 0x0000_0100_0000_01b3
        }
    }

    /// The number at this place of the endless row that belongs to the text.
    func number(at index: Int, below bound: Int) -> Int {
        var mixed = state &+ UInt64(truncatingIfNeeded: index) &* 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        mixed ^= mixed >> 31
        return Int(mixed % UInt64(max(1, bound)))
    }

    /// So many digits of base 36, for ids of calls and messages.
    func identifier(_ length: Int, alphabet: String = "0123456789abcdefghijklmnopqrstuvwxyz") -> String {
        let letters = Array(alphabet)
        return String((0..<length).map { letters[number(at: $0, below: letters.count)] })
    }
}
