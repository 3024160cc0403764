import Domain
import Testing

@Suite("The inside of a JSON string")
struct JSONTextTests {
    private func decoded(_ inside: String) throws -> String? {
        try JSONParser.parse(Array("\"\(inside)\"".utf8)).string
    }

    @Test(
        "Escapes are decoded",
        arguments: [
            (#"\"\\\/"#, "\"\\/"), (#"\b\f\n\r\t"#, "\u{8}\u{C}\n\r\t"), (#"\u0041"#, "A"), (#"\u00e9"#, "é"),
            (#"\u00E9"#, "é"), (#"\ud83d\ude00"#, "😀"), (#"\uD83D\uDE00!"#, "😀!"), (#"\u0000"#, "\u{0}"),
            (#"a\u0062c"#, "abc"),
            (#"\uffff"#, "\u{FFFF}"), (#"\\u0041"#, #"\u0041"#), (#"é\n"#, "é\n"), (#"\udbff\udfff"#, "\u{10FFFF}"),
        ] as [(String, String)]
    )
    func escapes(_ inside: String, _ text: String) throws {
        #expect(try self.decoded(inside) == text)
    }

    @Test(
        "A lone half of a surrogate pair becomes U+FFFD, and what follows is kept",
        arguments: [
            (#"\ud83d"#, "\u{FFFD}"), (#"\ude00"#, "\u{FFFD}"), (#"\ud83dx"#, "\u{FFFD}x"),
            (#"\ud83d\n"#, "\u{FFFD}\n"),
            (#"\ud83d\u0041"#, "\u{FFFD}A"), (#"\ud83d\ud83d\ude00"#, "\u{FFFD}😀"),
            (#"\ude00\ud83d"#, "\u{FFFD}\u{FFFD}"),
            (#"\ud83d\\u0041"#, "\u{FFFD}\\u0041"),
        ] as [(String, String)]
    )
    func loneSurrogates(_ inside: String, _ text: String) throws {
        #expect(try self.decoded(inside) == text)
    }

    @Test("What is written can be read again, and holds neither bare quotes nor control characters")
    func roundTrip() throws {
        for value in (0...0x2FF as ClosedRange<UInt32>).compactMap(Unicode.Scalar.init) {
            let string = "a\(Character(value))b"
            let text = JSONText(string)
            #expect(text.decoded == string)
            #expect(text.escaped.allSatisfy { $0 >= 0x20 })
            #expect(try self.decoded(String(decoding: text.escaped, as: UTF8.self)) == string)
        }
    }

    @Test("Escaped bytes pass into another JSON text as they came")
    func passThrough() throws {
        var scanner = JSONScanner(Array(#""\u00e9\/\n""#.utf8))
        let text = try scanner.string()
        var writer = JSONWriter()
        writer.object { $0.field("x", text) }
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"x":"\u00e9\/\n"}"#)
        #expect(!text.isEmpty && JSONText("").isEmpty)
    }

    @Test("Text that came as grapheme parts is decoded byte for byte")
    func partsOfGraphemes() throws {
        // A token may begin with a combining mark or be the second half of a line end.
        for inside in [#"\u0301"#, "\u{301}", #"\r\n"#, #"\ud83c\udff4\u200d"#] {
            let text = try #require(try self.decoded(inside))
            #expect(JSONText(text).decoded.unicodeScalars.elementsEqual(text.unicodeScalars))
        }
    }
}
