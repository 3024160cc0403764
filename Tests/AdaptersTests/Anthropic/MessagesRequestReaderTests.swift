import Domain
import Testing

@testable import Adapters

@Suite("Reading Messages requests")
struct MessagesRequestReaderTests {
    /// A body with members on top of what every body must have; of members with one name the last counts.
    private static func read(_ members: String = "") throws -> MessagesRequest {
        try MessagesRequestReader.read(parsedBody(self.body(members)))
    }

    private static func body(_ members: String) -> String {
        #"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]\#(members.isEmpty ? "" : ",")\#(members)}"#
    }

    @Test("What is not given is not there")
    func bare() throws {
        let read = try Self.read()
        var options = GenerationOptions()
        options.maxTokens = 9
        #expect(read.chat.model?.spelling == "m" && read.chat.options == options)
        #expect(read.chat.messages == [try ChatMessage(role: .user, content: "hi")])
        #expect(read.chat.tools.isEmpty && read.chat.toolChoice == .auto)
        #expect(!read.isStreamed && !read.omitsThinking && read.ignored.isEmpty)
    }

    /// Members of a body and what the options become by them.
    struct Option: Sendable, CustomTestStringConvertible {
        let members: String
        let expected: @Sendable (inout GenerationOptions) throws -> Void
        var testDescription: String { self.members }

        init(_ members: String, _ expected: @escaping @Sendable (inout GenerationOptions) throws -> Void) {
            self.members = members
            self.expected = expected
        }
    }

    @Test(
        "Every option is read, zero and false included",
        arguments: [
            Option(#""max_tokens":1"#) { $0.maxTokens = 1 }, Option(#""temperature":0"#) { $0.temperature = 0 },
            Option(#""temperature":1.0"#) { $0.temperature = 1 }, Option(#""top_p":0"#) { $0.topP = 0 },
            Option(#""top_k":40"#) { $0.topK = 40 }, Option(#""stop_sequences":["a","b"]"#) { $0.stop = ["a", "b"] },
            Option(#""stop_sequences":[]"#) { $0.stop = [] },
            Option(#""thinking":{"type":"enabled","budget_tokens":1024}"#) { $0.think = .enabled(true) },
            Option(#""thinking":{"type":"disabled"}"#) { $0.think = .enabled(false) },
            Option(#""thinking":{"type":"adaptive"}"#) { _ in },
            Option(#""thinking":{"type":"between_tools"}"#) { _ in },
            Option(#""thinking":{"type":"enabled"},"output_config":{"effort":"low"}"#) { $0.think = .level(.low) },
            Option(#""thinking":{"type":"enabled"},"output_config":{"effort":"xhigh"}"#) { $0.think = .level(.max) },
            Option(#""thinking":{"type":"adaptive"},"output_config":{"effort":"high"}"#) { _ in },
            Option(#""output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}"#) {
                $0.format = .schema(try JSONSchema(["type": .string("object")]))
            },
            Option(#""output_format":{"type":"json_schema","schema":{}}"#) { $0.format = .schema(try JSONSchema([:])) },
            Option(#""temperature":null,"stop_sequences":null,"thinking":null,"output_config":null"#) { _ in },
            Option(#""something_new":{"a":1}"#) { _ in },
        ]
    )
    func options(option: Option) throws {
        var expected = GenerationOptions()
        expected.maxTokens = 9
        try option.expected(&expected)
        #expect(try Self.read(option.members).chat.options == expected)
    }

    @Test("The stream, and thoughts that are not to be told")
    func flags() throws {
        #expect(try Self.read(#""stream":true"#).isStreamed)
        #expect(try !Self.read(#""stream":false"#).isStreamed)
        #expect(try Self.read(#""thinking":{"type":"adaptive","display":"omitted"}"#).omitsThinking)
        #expect(try !Self.read(#""thinking":{"type":"enabled","display":"summarized"}"#).omitsThinking)
    }

    @Test("Tools of the caller are read, with and without their type")
    func tools() throws {
        let tools = """
            "tools":[{"name":"a","description":"d","input_schema":{"type":"object","required":["x"]}},
            {"type":"custom","name":"b","input_schema":{"type":"object"}}]
            """
        let expected = [
            try Tool(
                name: "a",
                description: "d",
                parameters: ["type": .string("object"), "required": .array([.string("x")])]
            ),
            try Tool(name: "b", description: nil, parameters: ["type": .string("object")]),
        ]
        let choices: [(String, ToolChoice)] = [
            ("", .auto), (#""tool_choice":{"type":"auto"}"#, .auto), (#""tool_choice":{"type":"any"}"#, .required),
            (#""tool_choice":{"type":"none"}"#, .none), (#""tool_choice":{"type":"tool","name":"b"}"#, .named("b")),
        ]
        for (member, choice) in choices {
            let read = try Self.read(tools + (member.isEmpty ? "" : ",") + member)
            #expect(read.chat.tools == expected && read.chat.toolChoice == choice)
        }
    }

    /// Members of a body that mean nothing here, and what they are called.
    struct Ignored: Sendable, CustomTestStringConvertible {
        let members: String
        let names: [String]
        var testDescription: String { self.members }

        init(_ members: String, _ names: [String]) {
            self.members = members
            self.names = names
        }
    }

    @Test(
        "What only tunes or labels is ignored and named once",
        arguments: [
            Ignored(#""metadata":{"user_id":"u"},"service_tier":"auto""#, ["metadata", "service_tier"]),
            Ignored(#""cache_control":{"type":"ephemeral"}"#, ["cache_control"]),
            Ignored(
                #""system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],"#
                    + #""tools":[{"name":"a","input_schema":{"type":"object"},"cache_control":{},"strict":true}]"#,
                ["cache_control", "tools.strict"]
            ),
            Ignored(#""thinking":{"type":"enabled","budget_tokens":2048}"#, ["thinking.budget_tokens"]),
            Ignored(#""output_config":{"effort":"high"}"#, ["output_config.effort"]),
            Ignored(#""thinking":{"type":"enabled"},"output_config":{"effort":"high"}"#, []),
            Ignored(#""tool_choice":{"type":"auto","disable_parallel_tool_use":false}"#, []),
            Ignored(
                #""tool_choice":{"type":"auto","disable_parallel_tool_use":true}"#,
                ["tool_choice.disable_parallel_tool_use"]
            ),
            Ignored(
                #""context_management":{"edits":[]},"inference_geo":"eu""#,
                ["inference_geo", "context_management"]
            ),
            Ignored(#""metadata":null,"nobody_knows_this":1"#, []),
        ]
    )
    func ignored(ignored: Ignored) throws {
        #expect(try Self.read(ignored.members).ignored == ignored.names)
    }

    @Test(
        "A fault is told with its place and its code",
        arguments: [
            FieldCase(#""model":null"#, "/model"), FieldCase(#""model":"/""#, "/model", .invalidModel),
            FieldCase(#""model":7"#, "/model"), FieldCase(#""max_tokens":null"#, "/max_tokens"),
            FieldCase(#""max_tokens":0"#, "/max_tokens"), FieldCase(#""max_tokens":"9""#, "/max_tokens"),
            FieldCase(#""messages":null"#, "/messages"), FieldCase(#""messages":[]"#, "/messages"),
            FieldCase(#""messages":"hi""#, "/messages"), FieldCase(#""messages":["hi"]"#, "/messages/0"),
            FieldCase(#""temperature":1.01"#, "/temperature"), FieldCase(#""top_p":2"#, "/top_p"),
            FieldCase(#""top_k":0"#, "/top_k"), FieldCase(#""stop_sequences":[1]"#, "/stop_sequences"),
            FieldCase(#""stream":"yes""#, "/stream"), FieldCase(#""system":7"#, "/system"),
            FieldCase(#""system":[{"type":"image"}]"#, "/system/0/type"),
            FieldCase(#""thinking":{"type":"sometimes"}"#, "/thinking/type"),
            FieldCase(#""thinking":{}"#, "/thinking/type"),
            FieldCase(#""thinking":true"#, "/thinking"),
            FieldCase(#""thinking":{"type":"enabled","budget_tokens":0}"#, "/thinking/budget_tokens"),
            FieldCase(#""output_config":{"effort":"some"}"#, "/output_config/effort"),
            FieldCase(#""output_config":{"format":{"type":"json_schema"}}"#, "/output_config/format/schema"),
            FieldCase(
                #""output_config":{"format":{"type":"json_schema","schema":[]}}"#,
                "/output_config/format/schema"
            ),
            FieldCase(
                #""output_config":{"format":{"type":"json_schema","schema":{"type":"thing"}}}"#,
                "/output_config/format/schema/type"
            ),
            FieldCase(#""output_config":{"format":{"type":"xml"}}"#, "/output_config/format/type", .unsupportedField),
            FieldCase(#""container":"c""#, "/container", .unsupportedField),
            FieldCase(#""mcp_servers":[{"url":"u"}]"#, "/mcp_servers", .unsupportedField),
            FieldCase(#""tools":[{"input_schema":{}}]"#, "/tools/0/name"),
            FieldCase(#""tools":[{"name":"a"}]"#, "/tools/0/input_schema"),
            FieldCase(#""tools":[{"name":"a","input_schema":"{}"}]"#, "/tools/0/input_schema"),
            FieldCase(#""tools":[{"name":"a b","input_schema":{}}]"#, "/tools/0/name"),
            FieldCase(#""tools":[{"name":"a","input_schema":{"type":"array"}}]"#, "/tools/0/input_schema/type"),
            FieldCase(
                #""tools":[{"type":"web_search_20250305","name":"web_search"}]"#,
                "/tools/0/type",
                .unsupportedField
            ),
            FieldCase(#""tools":[{"name":"a","input_schema":{}},{"name":"a","input_schema":{}}]"#, "/tools"),
            FieldCase(#""tool_choice":{"type":"any"}"#, "/tool_choice"),
            FieldCase(#""tool_choice":"any""#, "/tool_choice"),
            FieldCase(#""tool_choice":{"type":"some"}"#, "/tool_choice/type"),
            FieldCase(#""tool_choice":{"type":"tool"}"#, "/tool_choice/name"),
            FieldCase(#""tool_choice":{"type":"tool","name":"z"}"#, "/tool_choice"),
        ]
    )
    func faults(wrong: FieldCase) {
        wrong.check { try Self.read(wrong.member) }
    }

    @Test("All faults are told at once, the first in the error's own words")
    func manyFaults() throws {
        let error = #expect(throws: ServiceError.self) {
            try Self.read(#""max_tokens":null,"temperature":9,"tools":[{"name":"a"}]"#)
        }
        #expect(Set(error?.faults.map(\.pointer) ?? []) == ["/max_tokens", "/temperature", "/tools/0/input_schema"])
        #expect(error?.code == .invalidRequest && error?.message.hasSuffix("And 2 more fields are wrong.") == true)
    }

    @Test("A body of which only the tokens are counted needs no length of an answer")
    func countable() throws {
        let body = #"{"model":"m","messages":[{"role":"user","content":"hi"}],"system":"s"}"#
        let request = try MessagesRequestReader.countable(parsedBody(body))
        #expect(request.messages.map(\.content) == ["s", "hi"] && request.options == GenerationOptions())
        let error = #expect(throws: ServiceError.self) { try MessagesRequestReader.countable(["model": .string("m")]) }
        #expect(error?.faults.map(\.pointer) == ["/messages"])
    }
}
