import Domain
import Testing

@testable import Application

@Suite("A structured answer")
struct StructuredOutputTests {
    @Test(
        "of any object is a JSON object and nothing else",
        arguments: [
            (#"{"a":1}"#, true), (" \n{ } ", true), ("[]", false), (#""text""#, false), ("", false),
            ("{\"a\":1", false),
            ("```json\n{}\n```", false), ("{} {}", false),
        ]
    )
    func anyObject(text: String, isValid: Bool) throws {
        let output = try #require(StructuredOutput(.json))
        #expect(output.check(JSONText(text)).isEmpty == isValid)
    }

    @Test("of a schema follows it, and its faults are told")
    func schema() throws {
        let schema = try JSONSchema(["properties": .object(["n": .object(["type": .string("integer")])])])
        let output = try #require(StructuredOutput(.schema(schema)))
        #expect(output.check(JSONText(#"{"n":1}"#)).isEmpty)
        #expect(output.check(JSONText(#"{"n":"1"}"#)).map(\.pointer) == ["/n"])
        #expect(output.check(JSONText("n is 1")).first?.detail.contains("not JSON") == true)
    }

    @Test("of free text is none")
    func free() {
        #expect([ResponseFormat.text, nil].compactMap(StructuredOutput.init).isEmpty)
    }

    @Test("is checked however long it is, up to a limit", arguments: [100, 100_000])
    func long(count: Int) async throws {
        let output = try #require(StructuredOutput(.json))
        let text = JSONText("{\"a\":\"\(String(repeating: "x", count: count))\"}")
        #expect(await output.faults(in: text).isEmpty)
        #expect(await output.faults(in: JSONText("x\(String(repeating: " ", count: count))")).count == 1)
    }

    @Test("longer than the limit is not even read")
    func tooLong() throws {
        let output = try #require(StructuredOutput(.json))
        let text = JSONText(validated: [UInt8](repeating: 0x20, count: StructuredOutput.maximumBytes + 1)[...])
        #expect(output.check(text) == [StructuredOutput.tooLong])
    }
}
