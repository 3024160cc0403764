/// SHA-256, for the digests of blobs.
///
/// The double needs no fast one, and no package for it.
enum SHA256 {
    static func hex(of message: [UInt8]) -> String {
        var hash: [UInt32] = [
            0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
        ]
        var padded = message + [0x80]
        while padded.count % 64 != 56 { padded.append(0) }
        let bits = UInt64(message.count) * 8
        padded += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
        for block in stride(from: 0, to: padded.count, by: 64) { compress(padded[block..<block + 64], into: &hash) }
        return hash.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    private static func compress(_ block: ArraySlice<UInt8>, into hash: inout [UInt32]) {
        let bytes = Array(block)
        var words = (0..<16).map { index in
            bytes[index * 4..<index * 4 + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        for index in 16..<64 {
            let early = words[index - 15]
            let late = words[index - 2]
            let small = rotate(early, 7) ^ rotate(early, 18) ^ early >> 3
            let large = rotate(late, 17) ^ rotate(late, 19) ^ late >> 10
            words.append(words[index - 16] &+ small &+ words[index - 7] &+ large)
        }
        var state = hash
        for (constant, word) in zip(roundConstants, words) {
            let sum = rotate(state[4], 6) ^ rotate(state[4], 11) ^ rotate(state[4], 25)
            let choice = state[4] & state[5] ^ ~state[4] & state[6]
            let first = state[7] &+ sum &+ choice &+ constant &+ word
            let majority = state[0] & state[1] ^ state[0] & state[2] ^ state[1] & state[2]
            let second = (rotate(state[0], 2) ^ rotate(state[0], 13) ^ rotate(state[0], 22)) &+ majority
            state = [first &+ second] + state[0..<3] + [state[3] &+ first] + state[4..<7]
        }
        for index in 0..<8 { hash[index] = hash[index] &+ state[index] }
    }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let roundConstants: [UInt32] = {
        var primes: [UInt64] = []
        var candidate: UInt64 = 2
        while primes.count < 64 {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes.map { prime in
            // The largest root with root³ ≤ prime · 2⁹⁶, found bit by bit; its low 32 bits are the fraction.
            var root: UInt64 = 0
            for bit in stride(from: UInt64(35), through: 0, by: -1) {
                let trial = root | 1 << bit
                let square = trial.multipliedFullWidth(by: trial)
                let low = square.low.multipliedFullWidth(by: trial)
                let cubeHigh = square.high &* trial &+ low.high
                let limitHigh = prime << 32
                if cubeHigh < limitHigh || cubeHigh == limitHigh && low.low == 0 { root = trial }
            }
            return UInt32(truncatingIfNeeded: root)
        }
    }()
}
