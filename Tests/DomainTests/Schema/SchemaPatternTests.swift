import Domain
import Testing

@Suite("A pattern of a schema")
struct SchemaPatternTests {
    private static func patterns(_ pattern: String, finds: [String] = [], misses: [String] = []) -> [SchemaCase] {
        let schema = JSONValue.object(["pattern": .string(pattern)]).text
        return finds.map { SchemaCase(schema: schema, value: JSONValue.string($0).text, isValid: true) }
            + misses.map { SchemaCase(schema: schema, value: JSONValue.string($0).text, isValid: false) }
    }

    private static let cases: [SchemaCase] =
        patterns("b", finds: ["abc", "b"], misses: ["", "a"]) + patterns("", finds: ["", "a"])
        + patterns("^b", finds: ["bc"], misses: ["abc", "a\nb"])
        + patterns("b$", finds: ["ab"], misses: ["abc", "b\n"])
        + patterns(
            "^(\\([0-9]{3}\\))?[0-9]{3}-[0-9]{4}$",
            finds: ["555-1212", "(888)555-1212"],
            misses: ["(888)555-1212 ext", "55-1212"]
        )
        + patterns("^a*$", finds: ["", "aaa"], misses: ["b"]) + patterns("^a+?$", finds: ["a", "aa"], misses: [""])
        + patterns("^ab?c$", finds: ["ac", "abc"], misses: ["abbc"])
        + patterns("^a{2,3}$", finds: ["aa", "aaa"], misses: ["a", "aaaa"])
        + patterns("^a{2}$", finds: ["aa"], misses: ["aaa"])
        + patterns("^a{2,}$", finds: ["aa", "aaaaa"], misses: ["a"]) + patterns("^a{0}$", finds: [""], misses: ["a"])
        + patterns("^(foo|ba[rz]|)$", finds: ["foo", "bar", "baz", ""], misses: ["ba", "foobar"])
        + patterns("^(?:a|b)(?<name>c)$", finds: ["ac", "bc"], misses: ["cc"])
        + patterns("^[^a-c]$", finds: ["d", "-", "é", "\n"], misses: ["b", ""])
        + patterns("^[-a\\]]$", finds: ["-", "a", "]"], misses: ["\\"])
        + patterns("^[a-]$", finds: ["-"]) + patterns("^[\\w-]+$", finds: ["a-b_9"], misses: ["a b"])
        + patterns("^[^\\d\\s]+$", finds: ["ab"], misses: ["a1", "a b"])
        + patterns("^\\d\\D\\w\\W\\s\\S$", finds: ["1a_- x"], misses: ["11_- x"])
        + patterns("^.$", finds: ["👋", "x"], misses: ["\n", "ab", ""])
        + patterns("^\\u00e9\\x41\\u{1F44B}$", finds: ["éA👋"]) + patterns("^\\uD83D\\uDC4B$", finds: ["👋"])
        + patterns("^\\p{Lu}\\P{L}\\p{N}$", finds: ["Ä-7"], misses: ["ä-7", "Äb7"])
        + patterns("\\bcat\\b", finds: ["a cat."], misses: ["concat", "cats"]) + patterns("a\\Bb", finds: ["ab"])
        + patterns("^\\.\\/\\-\\$$", finds: ["./-$"]) + patterns("^\\t\\n\\cA\\0$", finds: ["\t\n\u{1}\u{0}"])
        + patterns("^{x}$", finds: ["{x}"]) + patterns("^a{,2}$", finds: ["a{,2}"], misses: ["aa"])
        + patterns("^(a*)*$", finds: ["", "aaaa"], misses: ["ab"])
        + patterns("^(a|b*)+c$", finds: ["c", "abbac"], misses: ["ab"])

    @Test("It is found anywhere in a string, as ECMA-262 has it", arguments: Self.cases)
    func finds(_ example: SchemaCase) throws {
        #expect(try example.faults().isEmpty == example.isValid)
    }

    @Test(
        "One that is none is refused as wrong",
        arguments: [
            "(", ")", "a)", "[a", "*a", "a**", "a{2}{3}", "a{3,2}", "\\", "[b-a]", "[\\d-z]", "\\q", "\\u12", "\\x1",
            "(?<a b>c)", "^*", "\\p", "\\p{Lu",
        ]
    )
    func wrong(_ pattern: String) {
        let error = #expect(throws: ServiceError.self) { try JSONSchema(["pattern": .string(pattern)]) }
        #expect(error?.code == .invalidRequest, "\(String(describing: error))")
    }

    @Test(
        "One that cannot be matched in a single pass, or is too large, is refused as unsupported",
        arguments: [
            "(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", "(a)\\1", "(?<n>a)\\k<n>", "(?i)a", "\\p{Script=Greek}",
            "(((a{30}){30}){30})",
            "a{99999999999999999999}", String(repeating: "a", count: 4097),
            String(repeating: "(", count: 40) + String(repeating: ")", count: 40),
        ]
    )
    func unsupported(_ pattern: String) {
        let error = #expect(throws: ServiceError.self) { try JSONSchema(["pattern": .string(pattern)]) }
        #expect(error?.code == .unsupportedField, "\(String(describing: error))")
    }

    @Test(
        "What drives other engines back and forth for ever is decided at once",
        arguments: ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*)*x", "^(([a-z])+.)+[A-Z]$"]
    )
    func noBacktracking(_ pattern: String) throws {
        let text = String(repeating: "a", count: 2000) + "!"
        #expect(try JSONSchema(["pattern": .string(pattern)]).validate(.string(text)).count == 1)
    }

    @Test("A check that takes too many steps ends, and its answer is not valid")
    func bounded() throws {
        let schema = try JSONSchema(["pattern": .string("(a?){4000}b")])
        let faults = schema.validate(.string(String(repeating: "a", count: 10_000)))
        #expect(faults.count == 1 && faults[0].detail.contains("too long"), "\(faults)")
    }
}
