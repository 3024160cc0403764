import Domain
import Testing

@Suite("Writing JSON")
struct JSONWriterTests {
    private static func text(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test("Commas and colons are where they belong, behind texts with escapes as well")
    func structure() {
        let text = Self.text { writer in
            writer.object { writer in
                writer.field("a", 1)
                writer.field("b\"", "c\n")
                writer.field("d", nil as Int?)
                writer.nullable("e", nil as String?)
                writer.key("f")
                writer.array(["", "g"]) { $0.string($1) }
                writer.field("h", true)
            }
        }
        #expect(text == #"{"a":1,"b\"":"c\n","e":null,"f":["","g"],"h":true}"#)
    }

    @Test(
        "Whole numbers are written in full",
        arguments: [(0, "0"), (-1, "-1"), (10, "10"), (.max, "9223372036854775807"), (.min, "-9223372036854775808")]
    )
    func wholeNumbers(number: Int, expected: String) {
        #expect(Self.text { $0.number(number) } == expected)
    }

    @Test(
        "Other numbers have the shortest text that stands for them",
        arguments: [
            (0.001, "0.001"), (-0.5, "-0.5"), (12.34, "12.34"), (1.005, "1.005"), (0.1 + 0.2, "0.30000000000000004"),
            (0.0004, "0.0004"), (1e-7, "1e-07"), (999_999_999_999.999, "999999999999.999"), (2.0, "2"), (-0.0, "0"),
            (1e300, "1e+300"), (.infinity, "null"), (.nan, "null"),
        ]
    )
    func numbers(number: Double, expected: String) {
        #expect(Self.text { $0.number(number) } == expected)
    }

    @Test("Numbers with up to three places look as Swift writes them")
    func thousandths() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = JSONRoundTripTests.SeededGenerator(state: seed)
        for round in 0..<20_000 {
            let bound = [1_000, 1_000_000, 1_000_000_000_000_000].randomElement(using: &random) ?? 1
            let number = Double(Int.random(in: -bound...bound, using: &random)) / 1000
            guard Int(exactly: number) == nil else { continue }
            let text = Self.text { $0.number(number) }
            try #require(text == String(number), "seed \(seed), round \(round)")
        }
    }

    @Test("Whatever has to be escaped is, wherever it stands", arguments: Array(0...17) + [31])
    func escapes(length: Int) {
        let letters = String(repeating: "é", count: length / 2) + String(repeating: "x", count: length % 2)
        for byte in UInt8(0)..<0x80 {
            let scalar = String(UnicodeScalar(byte))
            for text in [scalar + letters, letters + scalar, letters + scalar + scalar + letters] {
                #expect(Self.text { $0.string(text) } == "\"\(Self.escaped(text))\"")
            }
        }
    }

    /// Source: RFC 8259, section 7.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            case "\0"..<" ": "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }.joined()
    }
}
