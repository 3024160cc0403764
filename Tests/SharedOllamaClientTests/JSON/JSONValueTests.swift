import TestSupport
import Testing

@testable import SharedOllamaClient

@Suite("JSON of the client")
struct JSONValueTests {
    @Test(
        "what is JSON is read as what it is",
        arguments: [
            ("null", JSONValue.null), (" true\n", true), ("[]", []), ("{}", [:]), ("-0", 0), ("17", 17), ("-17", -17),
            ("1.5", 1.5), ("1e3", .number(1000)), ("-2E-2", .number(-0.02)),
            ("9223372036854775807", .integer(.max)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
            (#""a\"\\\/\b\f\n\r\t""#, .string("a\"\\/\u{8}\u{C}\n\r\t")), (#""\u00e9\uD83D\uDE00""#, "é😀"),
            (#""\ud800x\ud800\u0041""#, "\u{FFFD}x\u{FFFD}A"), (#"[1,[2,{"a":[]}],"x"]"#, [1, [2, ["a": []]], "x"]),
            (#"{"b":1,"a":{"c":null}}"#, ["b": 1, "a": ["c": .null]]),
        ] as [(String, JSONValue)]
    )
    func reading(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test(
        "what is no JSON is refused",
        arguments: [
            "", " ", "nul", "nulll", "01", "-", "1.", ".5", "1e", "+1", "NaN", "[1,]", "[1 2]", "[", "{\"a\"}",
            "{\"a\":}",
            "{a:1}", "{\"a\":1,}", "\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"a\nb\"", "1 2", "{\"a\":1}}",
            String(repeating: "[", count: 300) + String(repeating: "]", count: 300),
        ]
    )
    func refused(text: String) {
        #expect(throws: SharedOllamaError.self) { try JSONValue(parsing: text) }
    }

    @Test("texts that are no UTF-8 are refused")
    func invalidUTF8() {
        #expect(throws: SharedOllamaError.self) { try JSONParser.parse([0x22, 0xC3, 0x28, 0x22]) }
    }

    @Test("members keep their order")
    func order() throws {
        let text = #"{"zebra":1,"apple":{"y":2,"x":3},"mango":[]}"#
        #expect(try JSONValue(parsing: text).text == text)
    }

    @Test("numbers that are none are written as null")
    func notANumber() {
        #expect(JSONValue.number(.nan).text == "null" && JSONValue.number(-.infinity).text == "null")
    }

    @Test("what is written is read as the same")
    func roundTrip() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<500 {
            let value = Self.value(&random, depth: 4)
            #expect(try JSONValue(parsing: value.text) == value, "seed \(seed)")
        }
    }

    private static func value(_ random: inout SeededRandom, depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .integer(Int.random(in: Int.min...Int.max, using: &random))
        case 3: return .number(Double.random(in: -1e6...1e6, using: &random) + 0.123)
        case 4: return .string(self.text(&random))
        case 5: return .array((0..<3).map { _ in self.value(&random, depth: depth - 1) })
        default:
            return .object((0..<3).map { .init("\($0)" + self.text(&random), self.value(&random, depth: depth - 1)) })
        }
    }

    private static func text(_ random: inout SeededRandom) -> String {
        let scalars: [Unicode.Scalar] = ["a", "\"", "\\", "\n", "\u{1}", "é", "😀", "\u{7F}", "/"]
        return String(String.UnicodeScalarView((0..<5).compactMap { _ in scalars.randomElement(using: &random) }))
    }
}
