import Domain
import Testing

@testable import Adapters

@Suite("Reading chat completions")
struct OpenAIChatReaderTests {
    private static let png = "data:image/png;base64,iVBORw0KGgo="
    private static let tool = #"{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}"#

    private static func read(_ members: String) throws -> OpenAIReading<ChatRequest> {
        let body =
            #"{"model":"m","messages":[{"role":"user","content":"hi"}]\#(members.isEmpty ? "" : ",")\#(members)}"#
        return try OpenAIChatReader.read(parsedBody(body))
    }

    private static func messages(_ messages: String) throws -> [ChatMessage] {
        try OpenAIChatReader.read(parsedBody(#"{"model":"m","messages":[\#(messages)]}"#)).request.messages
    }

    @Test("What is not given is not there")
    func bare() throws {
        let read = try Self.read("")
        #expect(read.request.options == GenerationOptions() && read.request.tools.isEmpty)
        #expect(read.request.toolChoice == .auto && !read.isStreamed && !read.tellsUsage)
        #expect(read.choices == 1 && read.ignored.isEmpty)
    }

    @Test("Zero and false mean what they say")
    func zeros() throws {
        let options = try Self.read(#""temperature":0,"top_p":0,"seed":0,"logprobs":false,"n":1"#).request.options
        #expect(options.temperature == 0 && options.topP == 0 && options.seed == 0)
        #expect(options.logprobs == false && options.choices == 1)
    }

    @Test("The newer name of the longest answer wins")
    func maxTokens() throws {
        #expect(try Self.read(#""max_tokens":5"#).request.options.maxTokens == 5)
        #expect(try Self.read(#""max_completion_tokens":7,"max_tokens":5"#).request.options.maxTokens == 7)
    }

    @Test("What stock clients send without meaning anything here is named, not refused")
    func labels() throws {
        let read = try Self.read(
            #""user":"u","metadata":{"a":"b"},"store":true,"service_tier":"auto","parallel_tool_calls":false,"unknown":1"#
        )
        #expect(read.ignored == ["user", "metadata", "store", "service_tier", "parallel_tool_calls"])
        #expect(try Self.read(#""user":null,"logit_bias":{},"modalities":["text"]"#).ignored.isEmpty)
    }

    @Test("The effort of reasoning becomes Ollama's")
    func reasoning() throws {
        let efforts: [(String, Think)] = [
            ("none", .enabled(false)), ("minimal", .level(.low)), ("low", .level(.low)), ("medium", .level(.medium)),
            ("high", .level(.high)), ("xhigh", .level(.max)),
        ]
        for (word, think) in efforts {
            #expect(try Self.read(#""reasoning_effort":"\#(word)""#).request.options.think == think)
        }
    }

    @Test("Parts of a message are put together, pictures kept apart, a refusal is text")
    func parts() throws {
        let message = try Self.messages(
            #"{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"\#(Self.png)","detail":"low"}},{"type":"refusal","refusal":"b"}]}"#
        )[0]
        #expect(message.content == "a\nb" && message.images.map(\.jsonDataURL.decoded) == [Self.png])
    }

    @Test("Tool calls come with content that is null, and their results get the tool's name")
    func tools() throws {
        let messages = try Self.messages(
            #"""
            {"role":"developer","content":"rules"},
            {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]},
            {"role":"tool","tool_call_id":"c1","content":"2"}
            """#
        )
        #expect(messages.map(\.role) == [.system, .assistant, .tool])
        #expect(messages[1].toolCalls == [ToolCall(id: "c1", name: "f", arguments: #"{"x":1}"#)])
        #expect(messages[2].toolCallID == "c1" && messages[2].toolName == "f")
    }

    @Test("Choices of tools are read in their forms")
    func choice() throws {
        let choices: [(String, ToolChoice)] = [
            (#""auto""#, .auto), (#""none""#, .none), (#""required""#, .required),
            (#"{"type":"function","function":{"name":"f"}}"#, .named("f")),
        ]
        for (json, choice) in choices {
            #expect(try Self.read(#""tools":[\#(Self.tool)],"tool_choice":\#(json)"#).request.toolChoice == choice)
        }
    }

    @Test(
        "A field that is wrong is named",
        arguments: [
            FieldCase(#""temperature":3"#, "/temperature"), FieldCase(#""temperature":"0""#, "/temperature"),
            FieldCase(#""top_p":1.1"#, "/top_p"), FieldCase(#""n":0"#, "/n"), FieldCase(#""n":17"#, "/n"),
            FieldCase(#""max_tokens":0"#, "/max_tokens"),
            FieldCase(#""max_completion_tokens":-1"#, "/max_completion_tokens"),
            FieldCase(#""seed":1.5"#, "/seed"), FieldCase(#""stop":[1]"#, "/stop"),
            FieldCase(#""presence_penalty":-2.1"#, "/presence_penalty"),
            FieldCase(#""frequency_penalty":3"#, "/frequency_penalty"),
            FieldCase(#""top_logprobs":2"#, "/top_logprobs"),
            FieldCase(#""logprobs":true,"top_logprobs":21"#, "/top_logprobs"),
            FieldCase(#""reasoning_effort":"much""#, "/reasoning_effort"),
            FieldCase(#""stream":"yes""#, "/stream"), FieldCase(#""stream_options":true"#, "/stream_options"),
            FieldCase(#""stream_options":{"include_usage":1}"#, "/stream_options/include_usage"),
            FieldCase(#""response_format":{"type":"xml"}"#, "/response_format/type"),
            FieldCase(
                #""response_format":{"type":"json_schema","json_schema":{}}"#,
                "/response_format/json_schema/schema"
            ),
            FieldCase(#""tools":[{"type":"function"}]"#, "/tools/0/function"),
            FieldCase(#""tools":[{"type":"function","function":{"name":"a b"}}]"#, "/tools/0/function/name"),
            FieldCase(
                #""tools":[{"type":"function","function":{"name":"f","parameters":1}}]"#,
                "/tools/0/function/parameters"
            ),
            FieldCase(#""tool_choice":"some""#, "/tool_choice"),
            FieldCase(#""tool_choice":"required""#, "/tool_choice"),
            FieldCase(#""tool_choice":{"type":"function","function":{"name":"g"}}"#, "/tool_choice"),
            FieldCase(#""tools":[{"type":"code_interpreter"}]"#, "/tools/0/type", .unsupportedField),
            FieldCase(#""tool_choice":{"type":"allowed_tools"}"#, "/tool_choice", .unsupportedField),
            FieldCase(#""logit_bias":{"1":5}"#, "/logit_bias", .unsupportedField),
            FieldCase(#""functions":[]"#, "/functions", .unsupportedField),
            FieldCase(#""function_call":"auto""#, "/function_call", .unsupportedField),
            FieldCase(#""modalities":["text","audio"]"#, "/modalities", .unsupportedField),
            FieldCase(#""audio":{"voice":"x"}"#, "/audio", .unsupportedField),
            FieldCase(#""web_search_options":{}"#, "/web_search_options", .unsupportedField),
        ]
    )
    func faults(fault: FieldCase) {
        fault.check { try Self.read(fault.member) }
    }

    @Test(
        "What is wrong with a message is named by its place",
        arguments: [
            FieldCase(#"{"content":"x"}"#, "/messages/0/role"),
            FieldCase(#"{"role":"robot","content":"x"}"#, "/messages/0/role"),
            FieldCase(#"{"role":"user"}"#, "/messages/0/content"),
            FieldCase(#"{"role":"user","content":null}"#, "/messages/0/content"),
            FieldCase(#"{"role":"user","content":1}"#, "/messages/0/content"),
            FieldCase(#"{"role":"user","content":["x"]}"#, "/messages/0/content/0"),
            FieldCase(#"{"role":"user","content":[{"type":"text"}]}"#, "/messages/0/content/0/text"),
            FieldCase(
                #"{"role":"user","content":[{"type":"image_url","image_url":{}}]}"#,
                "/messages/0/content/0/image_url/url"
            ),
            FieldCase(
                #"{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:text/plain;base64,QUJD"}}]}"#,
                "/messages/0/content/0/image_url/url",
                .invalidImage
            ),
            FieldCase(
                #"{"role":"user","content":[{"type":"image_url","image_url":{"url":"ftp://example.com/a.png"}}]}"#,
                "/messages/0/content/0/image_url/url",
                .invalidImage
            ),
            FieldCase(
                #"{"role":"user","content":[{"type":"input_audio","input_audio":{}}]}"#,
                "/messages/0/content/0/type",
                .unsupportedField
            ),
            FieldCase(#"{"role":"assistant","tool_calls":[{"id":"c"}]}"#, "/messages/0/tool_calls/0/function"),
            FieldCase(
                #"{"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"[1]"}}]}"#,
                "/messages/0/tool_calls/0/function/arguments"
            ),
            FieldCase(
                #"{"role":"user","content":"x","tool_calls":[{"id":"c","function":{"name":"f"}}]}"#,
                "/messages/0/tool_calls"
            ),
        ]
    )
    func messageFaults(fault: FieldCase) {
        fault.check { try Self.messages(fault.member) }
    }

    @Test("Without model or messages both are told at once")
    func missing() throws {
        let error = #expect(throws: ServiceError.self) { try OpenAIChatReader.read([:]) }
        #expect(error?.faults.map(\.pointer) == ["/model", "/messages"] && error?.code == .invalidRequest)
        let empty = #expect(throws: ServiceError.self) {
            try OpenAIChatReader.read(parsedBody(#"{"model":"m","messages":[]}"#))
        }
        #expect(empty?.faults.map(\.pointer) == ["/messages"])
    }
}
