import Domain
import Testing

@Suite("Strict JSON")
struct JSONScannerTests {
    @Test(
        "Valid JSON is read and written back unchanged",
        arguments: [
            "null", "true", "false", "0", "-0", "1", "-1", "10", "1.5", "-0.0", "1e5", "1E+5", "1e-5", "0.1e1",
            "123456789012345678901234567890", "1e999", "0.00000000000000000000000000000000000001",
            "\"\"", "\"a\"", "\"é\"", "\"\u{10FFFF}\"", "\"\u{7F}\"", "\"\u{2028}\"",
            "[]", "[1]", "[1,2,[3]]", "{}", "{\"a\":1}", "{\"a\":{\"b\":[null]}}", "{\"\":0}", "{\"a\":1,\"a\":2}",
        ]
    )
    func valid(_ text: String) throws {
        #expect(try JSONParser.parse(Array(text.utf8)).text == text)
    }

    @Test("White space may stand between tokens, and only JSON's four kinds of it")
    func whiteSpace() throws {
        let text = " \t\r\n{ \"a\" : [ 1 , 2 ] , \"b\" : true }\n"
        #expect(try JSONParser.parse(Array(text.utf8)).text == "{\"a\":[1,2],\"b\":true}")
        for byte in [0x0B, 0x0C, 0xA0, 0x00] as [UInt8] {
            #expect(throws: JSONError.self) { try JSONParser.parse([byte, UInt8(ascii: "1")]) }
        }
        #expect(throws: JSONError.self) { try JSONParser.parse(Array("\u{FEFF}1".utf8)) }
    }

    @Test(
        "What RFC 8259 does not allow is refused, with the place of the fault",
        arguments: [
            ("", 0), ("   ", 3), ("nul", 0), ("nulll", 4), ("True", 0), ("tru", 0), ("falsy", 0), ("undefined", 0),
            ("NaN", 0), ("Infinity", 0), ("-", 1), ("+1", 0), ("01", 1), ("-01", 2), ("1.", 2), (".5", 0), ("1.e3", 2),
            ("1e", 2), ("1e+", 3), ("0x10", 1), ("1_000", 1), ("1,", 1), ("1 2", 2), ("--1", 1),
            ("'a'", 0), ("\"a", 2), ("\"a\\", 2), ("\"\\q\"", 1), ("\"\\u12\"", 1), ("\"\\u12G4\"", 1),
            ("\"\\U0041\"", 1),
            ("\"a\nb\"", 2), ("\"\t\"", 1), ("\"\u{0}\"", 1), ("\"a\"b", 3),
            ("[", 1), ("[1", 2), ("[1,", 3), ("[1,]", 3), ("[,1]", 1), ("[1 2]", 3), ("]", 0), ("[1]]", 3), ("[1}", 2),
            ("{", 1), ("{\"a\"", 4), ("{\"a\":", 5), ("{\"a\":1", 6), ("{\"a\":1,", 7), ("{\"a\":1,}", 7), ("{a:1}", 1),
            ("{1:2}", 1), ("{\"a\" 1}", 5), ("{\"a\"::1}", 5), ("{,}", 1), ("{\"a\":1 \"b\":2}", 7), ("{]", 1),
            ("// c\n1", 0), ("1 // c", 2), ("/* */ 1", 0),
        ] as [(String, Int)]
    )
    func invalid(_ text: String, _ offset: Int) {
        let error = #expect(throws: JSONError.self) { try JSONParser.parse(Array(text.utf8)) }
        #expect(error?.offset == offset, "\(text.debugDescription): \(error?.reason ?? "")")
    }

    @Test(
        "Bytes that are not UTF-8 are refused wherever a string can hold them",
        arguments: [
            [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
            [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0xE9],
        ] as [[UInt8]]
    )
    func invalidUTF8(_ bad: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        let value = [quote] + Array("ok é ".utf8) + bad + [quote]
        let error = #expect(throws: JSONError.self) { try JSONParser.parse(value) }
        #expect(error?.offset == 7)
        let key = [UInt8(ascii: "{"), quote] + bad + Array("\":1}".utf8)
        #expect(throws: JSONError.self) { try JSONParser.parse(key) }
        #expect(throws: JSONError.self) { try JSONParser.parse(bad) }
        var scanner = JSONScanner(value)
        #expect(throws: JSONError.self) { try scanner.skip() }
    }

    @Test("The last and first code points of every length of UTF-8 pass")
    func edgesOfUTF8() throws {
        let edges = "\u{7F}\u{80}\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFD}\u{FFFF}\u{10000}\u{10FFFF}"
        #expect(try JSONParser.parse(Array("\"\(edges)\"".utf8)) == .string(edges))
    }

    @Test("128 levels of nesting are read, one more is refused", arguments: [("[", "]"), ("{\"a\":", "}")])
    func depth(_ open: String, _ close: String) throws {
        func nested(_ levels: Int) -> [UInt8] {
            let inner = open == "[" ? "" : "1"
            return Array(
                (String(repeating: open, count: levels) + inner + String(repeating: close, count: levels)).utf8
            )
        }
        _ = try JSONParser.parse(nested(JSONScanner.maximumDepth))
        let error = #expect(throws: JSONError.self) { try JSONParser.parse(nested(JSONScanner.maximumDepth + 1)) }
        #expect(error?.offset == open.utf8.count * JSONScanner.maximumDepth)
        let bottomless = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: JSONError.self) { try JSONParser.parse(bottomless) }
    }

    @Test("Many structures beside each other are not deep")
    func breadth() throws {
        let text = "[\(Array(repeating: "[[]]", count: 1000).joined(separator: ","))]"
        #expect(try JSONParser.parse(Array(text.utf8)).array?.count == 1000)
    }

    @Test("A text that is cut off anywhere is refused, and never reads beyond its end")
    func truncated() throws {
        let text = #"{"a":[1.5e+3,true,null,"x\u00e9\ud83d\ude00é\n"],"b":{"c":false,"d":-12}}"#
        let bytes = Array(text.utf8)
        _ = try JSONParser.parse(bytes)
        for length in bytes.indices {
            let error = #expect(throws: JSONError.self, "cut at \(length)") {
                try JSONParser.parse(Array(bytes[..<length]))
            }
            #expect((error?.offset ?? -1) <= length)
            // The same with the rest of the text still behind the range.
            var scanner = JSONScanner(bytes, in: 0..<length)
            #expect(throws: JSONError.self) {
                try scanner.skip()
                try scanner.expectEnd()
            }
        }
    }

    @Test("A range in the middle of a buffer is read alone, and offsets count from its start")
    func range() throws {
        let bytes = Array("xx[1,2]yy".utf8)
        var scanner = JSONScanner(bytes, in: 2..<7)
        #expect(Array(try scanner.raw()) == Array("[1,2]".utf8))
        try scanner.expectEnd()
        var broken = JSONScanner(bytes, in: 2..<6)
        let error = #expect(throws: JSONError.self) { try broken.skip() }
        #expect(error?.offset == 4)
    }

    @Test("Numbers come as integers, as floating point, or with their digits")
    func numbers() throws {
        func integer(_ text: String) throws -> Int? {
            var scanner = JSONScanner(Array(text.utf8))
            return try scanner.integer()
        }
        func double(_ text: String) throws -> Double {
            var scanner = JSONScanner(Array(text.utf8))
            return try scanner.double()
        }
        #expect(try integer("9223372036854775807") == .max)
        #expect(try integer("-9223372036854775808") == .min)
        #expect(try integer("9223372036854775808") == nil)
        #expect(try integer("1e3") == 1000)
        #expect(try integer("2.9") == 2)
        #expect(try integer("-2.9") == -2)
        #expect(try integer("1e999") == nil)
        #expect(try double("1e999") == .infinity)
        #expect(try double("0.1") == 0.1)
        #expect(try double("5e-324") == .leastNonzeroMagnitude)
        let long = String(repeating: "9", count: 100_000)
        #expect(try JSONParser.parse(Array(long.utf8)).text == long)
        #expect(try integer(long) == nil)
    }

    @Test("A number knows whether it is whole")
    func wholeNumbers() throws {
        func integer(_ text: String) throws -> Int? {
            guard case .number(let number) = try JSONParser.parse(Array(text.utf8)) else { return nil }
            return number.integer
        }
        for (text, value) in [("3", 3), ("3.0", 3), ("3e2", 300), ("-0", 0), ("30e-1", 3)] {
            #expect(try integer(text) == value)
        }
        for text in ["3.5", "1e400", "1e-1", "9223372036854775808"] { #expect(try integer(text) == nil) }
    }

    @Test(
        "A number is read as whole without a text made of it",
        arguments: [
            "0", "7", "-7", "-0", "123456789012345678", "1234567890123456789", "9223372036854775807",
            "9223372036854775808",
            "3.0", "3.5", "3e2", "30e-1", "1e400", "-9223372036854775808",
        ]
    )
    func wholeNumber(text: String) throws {
        guard case .number(let number) = try JSONParser.parse(Array(text.utf8)) else {
            throw JSONError(offset: 0, reason: "")
        }
        var scanner = JSONScanner(Array(" \(text) ".utf8))
        #expect(try scanner.wholeNumber() == number.integer)
        try scanner.expectEnd()
    }

    @Test("Tokens of another kind are refused where one is expected")
    func wrongTokens() {
        for text in ["1", "null", "[]"] {
            var scanner = JSONScanner(Array(text.utf8))
            #expect(throws: JSONError.self) { try scanner.string() }
            #expect(throws: JSONError.self) { try scanner.bool() }
            #expect(throws: JSONError.self) { try scanner.object { scanner, _ in try scanner.skip() } }
        }
        var scanner = JSONScanner(Array("\"a\"".utf8))
        #expect(throws: JSONError.self) { try scanner.number() }
        #expect(throws: JSONError.self) { try scanner.array { scanner in try scanner.skip() } }
        #expect(throws: JSONError.self) { try scanner.expectEnd() }
    }
}
