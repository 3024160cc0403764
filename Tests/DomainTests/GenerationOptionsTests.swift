import Domain
import Testing

@Suite("Options of a generation")
struct GenerationOptionsTests {
    @Test(
        "Durations are read by Go's grammar",
        arguments: [
            "5m", "1h30m", "-1s", "+1s", "0", "-0", "1.5h", ".5s", "5.s", "100ms", "1us", "1\u{B5}s", "1\u{3BC}s",
            "1ns", "1h2m3s4ms5us6ns", "1s1s", "24h",
        ]
    )
    func durations(_ text: String) throws {
        #expect(try KeepAlive(duration: text) == .duration(text))
    }

    @Test(
        "What is no duration is refused",
        arguments: [
            "", "-", "+", "5", "m", "5 m", " 5m", "5m ", "5d", "1y", "5M", "--1s", "1h-30m", ".s", ".", "1.2.3s",
            "1e3s", "0x1s", "1mm", "infs", "nans",
            "\u{663}m", "5m\n", "5msx", "1_000s",
        ]
    )
    func noDurations(_ text: String) {
        let error = #expect(throws: ServiceError.self) { try KeepAlive(duration: text) }
        #expect(error?.code == .invalidRequest)
    }

    @Test("A very long duration is refused without being repeated")
    func longDuration() {
        let error = #expect(throws: ServiceError.self) {
            try KeepAlive(duration: String(repeating: "1h", count: 10_000))
        }
        #expect((error?.message.utf8.count ?? .max) < 200)
    }

    @Test("Ollama's format is 'json', a schema or nothing")
    func ollamaFormat() throws {
        #expect(try ResponseFormat(ollama: .string("json")) == .json)
        #expect(try ResponseFormat(ollama: .string("")) == .text)
        let schema: JSONObject = ["type": .string("object")]
        #expect(try ResponseFormat(ollama: .object(schema)) == .schema(JSONSchema(schema)))
        for value in [.string("yaml"), .string("JSON"), .number(JSONNumber(1)), .bool(true), .array([])] as [JSONValue]
        {
            #expect(throws: ServiceError.self) { try ResponseFormat(ollama: value) }
        }
    }

    @Test("OpenAI's response format is an object with a type")
    func openAIFormat() throws {
        func format(_ text: String) throws -> ResponseFormat {
            try ResponseFormat(openAI: try JSONParser.parse(Array(text.utf8)))
        }
        #expect(try format(#"{"type":"text"}"#) == .text)
        #expect(try format(#"{"type":"json_object"}"#) == .json)
        let wrapped =
            #"{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"title":"t","default":2}}}"#
        guard case .schema(let schema) = try format(wrapped) else {
            Issue.record("no schema")
            return
        }
        #expect(schema.source.members.map(\.key) == ["title", "default"])
    }

    @Test(
        "A response format that is none names its field",
        arguments: [
            (#""json""#, nil), ("[]", nil), ("{}", "/type"), (#"{"type":"xml"}"#, "/type"), (#"{"type":7}"#, "/type"),
            (#"{"type":"json_schema"}"#, "/json_schema/schema"),
            (#"{"type":"json_schema","json_schema":{"schema":[]}}"#, "/json_schema/schema"),
            (#"{"type":"json_schema","json_schema":{"name":"n"}}"#, "/json_schema/schema"),
        ] as [(String, String?)]
    )
    func badOpenAIFormat(_ text: String, _ pointer: String?) throws {
        let value = try JSONParser.parse(Array(text.utf8))
        let error = #expect(throws: ServiceError.self) { try ResponseFormat(openAI: value) }
        #expect(error?.faults.first?.pointer == pointer)
    }
}
