import Domain
import Testing

@testable import Adapters

@Suite("Reading responses")
struct ResponsesReaderTests {
    private static let png = "data:image/png;base64,iVBORw0KGgo="

    private static func read(_ members: String) throws -> ResponsesReading {
        let body = #"{"model":"m","input":"hi"\#(members.isEmpty ? "" : ",")\#(members)}"#
        return try ResponsesReader.read(parsedBody(body))
    }

    private static func items(_ items: String) throws -> [ChatMessage] {
        try ResponsesReader.read(parsedBody(#"{"model":"m","input":[\#(items)]}"#)).request.messages
    }

    @Test("A text is a user's message; instructions come before it")
    func text() throws {
        let read = try Self.read("")
        #expect(read.request.messages == [try ChatMessage(role: .user, content: "hi")])
        #expect(read.request.options == GenerationOptions() && !read.isStreamed && read.ignored.isEmpty)
        let instructed = try Self.read(#""instructions":"be brief","stream":true"#)
        #expect(instructed.request.messages.map(\.role) == [.system, .user] && instructed.isStreamed)
    }

    @Test("Messages come in the easy form and in the full one")
    func messages() throws {
        let messages = try Self.items(
            #"""
            {"role":"developer","content":"rules"},
            {"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_image","detail":"auto","image_url":"\#(Self.png)"}]},
            {"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"b","annotations":[]},{"type":"refusal","refusal":"c"}]},
            {"role":"user","content":"d"}
            """#
        )
        #expect(messages.map(\.role) == [.system, .user, .assistant, .user])
        #expect(messages.map(\.content) == ["rules", "a", "b\nc", "d"])
        #expect(messages[1].images.map(\.jsonDataURL.decoded) == [Self.png])
    }

    @Test("What the model thought, said and called in one go is one message, and results have their tools' names")
    func turns() throws {
        let messages = try Self.items(
            #"""
            {"role":"user","content":"q"},
            {"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"hm"}]},
            {"type":"message","role":"assistant","content":"let me see"},
            {"type":"function_call","call_id":"c1","name":"f","arguments":"{\"x\":1}"},
            {"type":"function_call","call_id":"c2","name":"g","arguments":""},
            {"type":"function_call_output","call_id":"c1","output":"one"},
            {"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"two"}]},
            {"type":"reasoning","summary":[],"encrypted_content":"AAAA"},
            {"type":"reasoning","summary":[{"type":"summary_text","text":"short"}],"content":[{"type":"reasoning_text","text":"long"}]},
            {"type":"message","role":"assistant","content":"done"}
            """#
        )
        #expect(messages.map(\.role) == [.user, .assistant, .tool, .tool, .assistant])
        #expect(messages[1].thinking == "hm" && messages[1].content == "let me see")
        #expect(
            messages[1].toolCalls == [
                ToolCall(id: "c1", name: "f", arguments: #"{"x":1}"#), ToolCall(id: "c2", name: "g", arguments: "{}"),
            ]
        )
        #expect(messages[2...3].map(\.toolName) == ["f", "g"] && messages[2...3].map(\.content) == ["one", "two"])
        #expect(messages[4].thinking == "long" && messages[4].content == "done")
    }

    @Test("Two turns of the model that follow one another stay two")
    func separateTurns() throws {
        let messages = try Self.items(
            #"""
            {"role":"assistant","content":"a"},{"role":"assistant","content":"b"},
            {"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
            {"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},{"role":"user","content":"x"}
            """#
        )
        #expect(messages.map(\.role) == [.assistant, .assistant, .assistant, .user])
        #expect(messages.map(\.content) == ["a", "b", "", "x"])
        #expect(messages[1].toolCalls.count == 1 && messages[2].thinking == "hm")
    }

    @Test("Options are read under their names here")
    func options() throws {
        let options = try Self.read(
            #""max_output_tokens":9,"temperature":0,"reasoning":{"effort":"low"},"truncation":"disabled","top_logprobs":2"#
        ).request.options
        #expect(options.maxTokens == 9 && options.temperature == 0 && options.think == .level(.low))
        #expect(options.truncate == false && options.logprobs == true && options.topLogprobs == 2)
        #expect(try Self.read(#""truncation":"auto""#).request.options.truncate == nil)
        let included = try Self.read(#""include":["message.output_text.logprobs"]"#).request.options
        #expect(included.logprobs == true && included.topLogprobs == nil)
    }

    @Test("The form of the text is flat here")
    func format() throws {
        #expect(try Self.read(#""text":{"format":{"type":"text"}}"#).request.options.format == .text)
        #expect(try Self.read(#""text":{"format":{"type":"json_object"}}"#).request.options.format == .json)
        let schema = try Self.read(
            #""text":{"format":{"type":"json_schema","name":"p","strict":true,"schema":{"type":"object"}}}"#
        ).request.options.format
        #expect(try schema == .schema(JSONSchema(["type": .string("object")])))
    }

    @Test("Tools are flat here, and so is their choice")
    func tools() throws {
        let read = try Self.read(
            #""tools":[{"type":"function","name":"f","strict":true,"parameters":{"type":"object"}}],"tool_choice":{"type":"function","name":"f"}"#
        )
        #expect(read.request.tools.map(\.name) == ["f"] && read.request.toolChoice == .named("f"))
    }

    @Test("What means nothing here is named, also where it is nested")
    func labels() throws {
        let read = try Self.read(
            #""store":true,"metadata":{"a":"b"},"user":"u","text":{"verbosity":"low"},"reasoning":{"summary":"auto"},"include":["file_search_call.results"],"background":false,"parallel_tool_calls":true,"safety_identifier":"s","prompt_cache_key":"k","service_tier":"auto""#
        )
        #expect(
            Set(read.ignored) == [
                "store", "metadata", "user", "text.verbosity", "reasoning.summary", "include", "parallel_tool_calls",
                "safety_identifier", "prompt_cache_key", "service_tier",
            ]
        )
        #expect(try Self.read(#""include":["reasoning.encrypted_content"]"#).ignored.isEmpty)
    }

    @Test(
        "A field that is wrong is named",
        arguments: [
            FieldCase(#""max_output_tokens":0"#, "/max_output_tokens"),
            FieldCase(#""temperature":2.5"#, "/temperature"),
            FieldCase(#""top_logprobs":21"#, "/top_logprobs"), FieldCase(#""truncation":"some""#, "/truncation"),
            FieldCase(#""reasoning":{"effort":"much"}"#, "/reasoning/effort"),
            FieldCase(#""reasoning":"low""#, "/reasoning"),
            FieldCase(#""text":{"format":{"type":"xml"}}"#, "/text/format/type"),
            FieldCase(#""text":{"format":{"type":"json_schema","name":"p"}}"#, "/text/format/schema"),
            FieldCase(#""metadata":"x""#, "/metadata"), FieldCase(#""instructions":1"#, "/instructions"),
            FieldCase(#""stream":1"#, "/stream"), FieldCase(#""include":[1]"#, "/include"),
            FieldCase(#""tools":[{"type":"function"}]"#, "/tools/0/name"),
            FieldCase(#""tools":[{"name":"f"}]"#, "/tools/0/type"),
            FieldCase(#""tools":[{"type":"function","name":"a b"}]"#, "/tools/0/name"),
            FieldCase(#""tool_choice":"required""#, "/tool_choice"),
            FieldCase(#""tools":[{"type":"web_search"}]"#, "/tools/0/type", .unsupportedField),
            FieldCase(#""tool_choice":{"type":"file_search"}"#, "/tool_choice", .unsupportedField),
            FieldCase(#""previous_response_id":"resp_1""#, "/previous_response_id", .unsupportedField),
            FieldCase(#""conversation":"conv_1""#, "/conversation", .unsupportedField),
            FieldCase(#""background":true"#, "/background", .unsupportedField),
            FieldCase(#""prompt":{"id":"p"}"#, "/prompt", .unsupportedField),
            FieldCase(#""max_tool_calls":1"#, "/max_tool_calls", .unsupportedField),
            FieldCase(#""n":2"#, "/n", .unsupportedField),
        ]
    )
    func faults(fault: FieldCase) {
        fault.check { try Self.read(fault.member) }
    }

    @Test(
        "What is wrong with an item is named by its place",
        arguments: [
            FieldCase("1", "/input/0"), FieldCase(#"{"content":"x"}"#, "/input/0/role"),
            FieldCase(#"{"role":"tool","content":"x"}"#, "/input/0/role"),
            FieldCase(#"{"role":"user"}"#, "/input/0/content"),
            FieldCase(#"{"role":"user","content":[{"type":"input_text"}]}"#, "/input/0/content/0/text"),
            FieldCase(#"{"type":"function_call","name":"f","arguments":"{}"}"#, "/input/0/call_id"),
            FieldCase(#"{"type":"function_call","call_id":"c","arguments":"{}"}"#, "/input/0/name"),
            FieldCase(#"{"type":"function_call","call_id":"c","name":"f","arguments":"x"}"#, "/input/0/arguments"),
            FieldCase(#"{"type":"function_call_output","output":"x"}"#, "/input/0/call_id"),
            FieldCase(#"{"type":"function_call_output","call_id":"c"}"#, "/input/0/output"),
            FieldCase(#"{"type":"item_reference","id":"x"}"#, "/input/0/type", .unsupportedField),
            FieldCase(#"{"type":"computer_call"}"#, "/input/0/type", .unsupportedField),
            FieldCase(
                #"{"role":"user","content":[{"type":"input_file","file_id":"f"}]}"#,
                "/input/0/content/0/type",
                .unsupportedField
            ),
            FieldCase(
                #"{"role":"user","content":[{"type":"input_image","file_id":"f"}]}"#,
                "/input/0/content/0/file_id",
                .unsupportedField
            ),
            FieldCase(
                #"{"role":"user","content":[{"type":"input_image","image_url":"ftp://example.com/a.png"}]}"#,
                "/input/0/content/0/image_url",
                .invalidImage
            ),
            FieldCase(
                #"{"role":"user","content":[{"type":"input_image","image_url":"data:text/plain;base64,QUJD"}]}"#,
                "/input/0/content/0/image_url",
                .invalidImage
            ),
        ]
    )
    func itemFaults(fault: FieldCase) {
        fault.check { try Self.items(fault.member) }
    }

    @Test("Without model or input both are told at once, and no item is no input")
    func missing() throws {
        let error = #expect(throws: ServiceError.self) { try ResponsesReader.read([:]) }
        #expect(error?.faults.map(\.pointer) == ["/model", "/input"] && error?.code == .invalidRequest)
        let empty = #expect(throws: ServiceError.self) {
            try ResponsesReader.read(parsedBody(#"{"model":"m","input":[]}"#))
        }
        #expect(empty?.faults.map(\.pointer) == ["/input"])
    }
}
