import Domain
import Testing

@testable import Adapters

@Suite("Reading native requests")
struct NativeRequestReaderTests {
    private static func generate(_ text: String) throws -> NativeRequest<GenerationRequest> {
        try NativeRequestReader.generate(parsedBody(text))
    }

    private static func chat(_ members: String) throws -> NativeRequest<ChatRequest> {
        try NativeRequestReader.chat(parsedBody("{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]\(members)}"))
    }

    @Test("What is not given is not there")
    func bare() throws {
        let generate = try Self.generate(#"{"prompt":"hi"}"#)
        #expect(generate.request.prompt.text == "hi" && generate.request.model == nil && generate.request.system == nil)
        #expect(generate.request.options == GenerationOptions() && !generate.isStreamed)
        let chat = try Self.chat("")
        #expect(chat.request.options == GenerationOptions() && chat.request.tools.isEmpty)
        #expect(chat.request.toolChoice == .auto && !chat.isStreamed)
    }

    /// A member of a body and what the options become by it.
    struct Option: Sendable, CustomTestStringConvertible {
        let member: String
        let expected: @Sendable (inout GenerationOptions) throws -> Void
        var testDescription: String { self.member }

        init(_ member: String, _ expected: @escaping @Sendable (inout GenerationOptions) throws -> Void) {
            self.member = member
            self.expected = expected
        }
    }

    @Test(
        "Every option is read, zero and false included",
        arguments: [
            Option(#""temperature":0"#) { $0.temperature = 0 }, Option(#""temperature":2.0"#) { $0.temperature = 2 },
            Option(#""top_p":0"#) { $0.topP = 0 }, Option(#""top_p":1e-1"#) { $0.topP = 0.1 },
            Option(#""top_k":1"#) { $0.topK = 1 }, Option(#""top_k":4e1"#) { $0.topK = 40 },
            Option(#""min_p":1"#) { $0.minP = 1 }, Option(#""max_tokens":1"#) { $0.maxTokens = 1 },
            Option(#""seed":0"#) { $0.seed = 0 }, Option(#""seed":-9223372036854775808"#) { $0.seed = .min },
            Option(#""stop":"END""#) { $0.stop = ["END"] }, Option(#""stop":[]"#) { $0.stop = [] },
            Option(#""stop":["a","b"]"#) { $0.stop = ["a", "b"] },
            Option(#""repeat_penalty":0"#) { $0.repeatPenalty = 0 },
            Option(#""presence_penalty":-2"#) { $0.presencePenalty = -2 },
            Option(#""frequency_penalty":2"#) { $0.frequencyPenalty = 2 },
            Option(#""num_ctx":1"#) { $0.contextLength = 1 },
            Option(#""truncate":false"#) { $0.truncate = false },
            Option(#""keep_alive":0"#) { $0.keepAlive = .seconds(0) },
            Option(#""keep_alive":-1"#) { $0.keepAlive = .seconds(-1) },
            Option(#""keep_alive":"1h30m""#) { $0.keepAlive = .duration("1h30m") },
            Option(#""think":false"#) { $0.think = .enabled(false) },
            Option(#""think":"max""#) { $0.think = .level(.max) },
            Option(#""format":"json""#) { $0.format = .json }, Option(#""format":"""#) { $0.format = .text },
            Option(#""format":{"type":"object"}"#) { $0.format = .schema(try JSONSchema(["type": .string("object")])) },
            Option(#""response_format":{"type":"json_object"}"#) { $0.format = .json },
            Option(#""response_format":{"type":"text"}"#) { $0.format = .text },
            Option(#""response_format":{"type":"json_schema","json_schema":{"schema":{}}}"#) {
                $0.format = .schema(try JSONSchema([:]))
            },
            Option(#""logprobs":false"#) { $0.logprobs = false }, Option(#""top_logprobs":0"#) { $0.topLogprobs = 0 },
            Option(#""temperature":null,"stop":null,"seed":null"#) { _ in },
        ]
    )
    func options(option: Option) throws {
        var expected = GenerationOptions()
        try option.expected(&expected)
        #expect(try Self.chat(",\(option.member)").request.options == expected)
        #expect(try Self.generate("{\"prompt\":\"hi\",\(option.member)}").request.options == expected)
    }

    @Test(
        "A fault is told with its place and its code",
        arguments: [
            FieldCase(#"{"prompt":""}"#, "/prompt", .invalidPrompt), FieldCase(#"{"prompt":7}"#, "/prompt"),
            FieldCase("{}", "/prompt"),
            FieldCase(#"{"prompt":"x","model":"/"}"#, "/model", .invalidModel),
            FieldCase(#"{"prompt":"x","temperature":2.0001}"#, "/temperature"),
            FieldCase(#"{"prompt":"x","top_k":1.5}"#, "/top_k"), FieldCase(#"{"prompt":"x","stop":[null]}"#, "/stop"),
            FieldCase(#"{"prompt":"x","keep_alive":true}"#, "/keep_alive"),
            FieldCase(#"{"prompt":"x","think":1}"#, "/think"),
            FieldCase(#"{"prompt":"x","format":"json","response_format":{"type":"text"}}"#, "/response_format"),
            FieldCase(
                #"{"prompt":"x","response_format":{"type":"json_schema"}}"#,
                "/response_format/json_schema/schema"
            ),
            FieldCase(#"{"prompt":"x","format":{"items":{"not":{}}}}"#, "/format/items/not", .unsupportedField),
            FieldCase(
                #"{"prompt":"x","response_format":{"type":"json_schema","json_schema":{"schema":{"type":"set"}}}}"#,
                "/response_format/json_schema/schema/type"
            ),
            FieldCase(#"{"prompt":"x","messages":[]}"#, "/messages"),
            FieldCase(#"{"prompt":"x","a/b~c":1}"#, "/a~1b~0c"),
        ]
    )
    func faults(wrong: FieldCase) {
        wrong.check { try Self.generate(wrong.member) }
    }

    @Test("Faults of several kinds are one invalid_request that tells them all")
    func several() throws {
        let object = try parsedBody(#"{"prompt":"","model":"a b","seed":"x"}"#)
        let error = #expect(throws: ServiceError.self) { try NativeRequestReader.generate(object) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.faults.map(\.pointer) == ["/model", "/prompt", "/seed"])
        #expect(error?.message.contains("2 more fields") == true)
    }

    @Test(
        "A conversation with tool calls is read, whichever way the arguments are written",
        arguments: [
            (#"{"x":1,"a":2}"#, #"{"x":1,"a":2}"#), (#""{\"x\":1}""#, #"{"x":1}"#), (#""""#, "{}"), ("null", "{}"),
        ]
    )
    func toolCalls(written: String, read: String) throws {
        let call = #"{"id":"c1","type":"function","index":0,"function":{"index":0,"name":"f","arguments":\#(written)}}"#
        let object = try parsedBody(
            #"{"messages":[{"role":"user","content":"hi"},"#
                + #"{"role":"assistant","content":null,"thinking":"hm","tool_calls":[\#(call)]},"#
                + #"{"role":"tool","content":"42","tool_call_id":"c1","tool_name":"f"}]}"#
        )
        let messages = try NativeRequestReader.chat(object).request.messages
        #expect(messages.map(\.role) == [.user, .assistant, .tool])
        #expect(messages[1].toolCalls == [ToolCall(id: "c1", name: "f", arguments: read)])
        #expect(messages[1].content.isEmpty && messages[1].thinking == "hm")
        #expect(messages[2].toolCallID == "c1" && messages[2].toolName == "f")
    }

    @Test(
        "Faults deep in a conversation are told with their place",
        arguments: [
            (
                #"{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":5}}]}"#,
                "/messages/0/tool_calls/0/function/arguments"
            ),
            (
                #"{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"[]"}}]}"#,
                "/messages/0/tool_calls/0/function/arguments"
            ),
            (#"{"role":"assistant","tool_calls":[{"function":{}}]}"#, "/messages/0/tool_calls/0/function/name"),
            (#"{"role":"assistant","tool_calls":[{}]}"#, "/messages/0/tool_calls/0/function"),
            (#"{"role":"assistant"}"#, "/messages/0/content"), (#"{"content":"x"}"#, "/messages/0/role"),
            (#"{"role":"user","content":"x","tool_call_id":"c"}"#, "/messages/0/tool_call_id"),
            (#"{"role":"user","content":"x","tool_calls":[{"function":{"name":"f"}}]}"#, "/messages/0/tool_calls"),
            (#"{"role":"user","content":"x","image":"y"}"#, "/messages/0/image"), ("5", "/messages/0"),
        ]
    )
    func deepFaults(message: String, pointer: String) throws {
        let object = try parsedBody("{\"messages\":[\(message)]}")
        let error = #expect(throws: ServiceError.self) { try NativeRequestReader.chat(object) }
        #expect(error?.faults.map(\.pointer).contains(pointer) == true, "\(String(describing: error))")
    }

    @Test("Tools and the choice among them are read")
    func tools() throws {
        let tool =
            #"{"type":"function","function":{"name":"f","parameters":{"type":"object"},"strict":true}}"#
        let request = try Self.chat(
            ",\"tools\":[\(tool)],\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}"
        ).request
        #expect(request.tools.map(\.name) == ["f"] && request.toolChoice == .named("f"))
        for (text, choice) in [("auto", ToolChoice.auto), ("none", .none), ("required", .required)] {
            #expect(try Self.chat(",\"tools\":[\(tool)],\"tool_choice\":\"\(text)\"").request.toolChoice == choice)
        }
        for (members, pointer) in [
            (",\"tools\":[\(tool),\(tool)]", "/tools"), (",\"tool_choice\":\"required\"", "/tool_choice"),
            (",\"tools\":[\(tool)],\"tool_choice\":{\"function\":{\"name\":\"g\"}}", "/tool_choice"),
            (",\"tools\":[{\"type\":\"web\",\"function\":{\"name\":\"f\"}}]", "/tools/0/type"),
            (",\"tools\":[{\"function\":{\"name\":\"f\",\"parameters\":[]}}]", "/tools/0/function/parameters"),
        ] {
            let error = #expect(throws: ServiceError.self) { try Self.chat(members) }
            #expect(error?.faults.map(\.pointer) == [pointer], "\(members)")
        }
    }

    @Test("stream is read")
    func stream() throws {
        #expect(try Self.chat(",\"stream\":true").isStreamed)
        #expect(try Self.generate(#"{"prompt":"x","stream":true}"#).isStreamed)
        #expect(try !Self.chat(",\"stream\":null").isStreamed)
    }
}
