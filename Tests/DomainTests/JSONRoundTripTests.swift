import Domain
import Testing

@Suite("JSON there and back")
struct JSONRoundTripTests {
    /// A generator that gives the same numbers for the same seed (SplitMix64).
    struct SeededGenerator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            self.state &+= 0x9E37_79B9_7F4A_7C15
            var word = self.state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
    }

    private static func value(depth: Int, _ random: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .number(JSONNumber(Int.random(in: .min ... .max, using: &random)))
        case 3: return .number(JSONNumber(Double(bitPattern: UInt64.random(in: 0 ... .max, using: &random))))
        case 4, 5: return .string(self.string(&random))
        case 6:
            let count = Int.random(in: 0...4, using: &random)
            return .array((0..<count).map { _ in self.value(depth: depth - 1, &random) })
        default:
            let count = Int.random(in: 0...4, using: &random)
            let members = (0..<count).map { _ in
                JSONObject.Member(key: self.string(&random), value: self.value(depth: depth - 1, &random))
            }
            return .object(JSONObject(members))
        }
    }

    private static func string(_ random: inout SeededGenerator) -> String {
        let limits: [UInt32] = [0x20, 0x80, 0x800, 0x1_0000, 0x11_0000]
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let limit = limits[Int.random(in: 0..<limits.count, using: &random)]
            if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &random)) { scalars.append(scalar) }
        }
        return String(scalars)
    }

    @Test("Any value is the same after it was written and read")
    func roundTrip() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(state: seed)
        for round in 0..<2000 {
            let value = Self.value(depth: 5, &random)
            let text = value.text
            let again = try JSONParser.parse(Array(text.utf8))
            try #require(again == value, "seed \(seed), round \(round): \(text)")
            try #require(again.text == text, "seed \(seed), round \(round): \(text)")
        }
    }

    @Test("Bytes changed at random are read or refused, but nothing worse, and what is read is valid")
    func mutated() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(state: seed)
        for round in 0..<2000 {
            var bytes = Array(Self.value(depth: 4, &random).text.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0 ... .max, using: &random)
            }
            guard let value = try? JSONParser.parse(bytes) else { continue }
            try #require(String(validating: bytes, as: UTF8.self) != nil, "seed \(seed), round \(round)")
            try #require((try? JSONParser.parse(Array(value.text.utf8))) == value, "seed \(seed), round \(round)")
            var scanner = JSONScanner(bytes)
            try scanner.skip()
            try scanner.expectEnd()
        }
    }
}
