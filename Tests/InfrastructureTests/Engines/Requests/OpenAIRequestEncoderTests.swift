import Application
import Domain
import Testing

@testable import Infrastructure

@Suite("Requests for OpenAI-compatible servers")
struct OpenAIRequestEncoderTests {
    private static let head = #"{"model":"smollm2:latest","messages":"#
    private static let stream = #""stream":true,"stream_options":{"include_usage":true}"#

    private static func body(_ request: EngineRequest) -> String {
        String(decoding: OpenAIRequestEncoder(request: request).body(), as: UTF8.self)
    }

    @Test("A prompt becomes a conversation, and what the caller leaves out is left out")
    func bare() throws {
        #expect(
            Self.body(try EncodedRequest.generate(system: "be brief"))
                == Self.head + #"[{"role":"system","content":"be brief"},{"role":"user","content":"say \"hi\"\n"}],"#
                + Self.stream
                + "}"
        )
        #expect(
            Self.body(try EncodedRequest.chat()) == Self.head + #"[{"role":"user","content":"hi"}],"# + Self.stream
                + "}"
        )
    }

    @Test("Zero, false and the empty list are values")
    func zeros() throws {
        let request = try EncodedRequest.chat(options: EncodedRequest.all)
        #expect(
            Self.body(request)
                == Self.head + #"[{"role":"user","content":"hi"}],"# + Self.stream
                + #","temperature":0,"top_p":0,"top_k":1,"min_p":0,"max_tokens":7,"seed":0,"repeat_penalty":0,"#
                + #""presence_penalty":0,"frequency_penalty":-0.5,"logprobs":false,"top_logprobs":0,"stop":[],"#
                + #""chat_template_kwargs":{"enable_thinking":false}}"#
        )
        #expect(OpenAIRequestEncoder(request: request).ignoredFields == ["keep_alive"])
        #expect(OpenAIRequestEncoder(request: try EncodedRequest.chat()).ignoredFields.isEmpty)
    }

    @Test("A conversation goes out in OpenAI's form: arguments are text")
    func conversation() throws {
        let request = try EncodedRequest.chat(EncodedRequest.conversation(), tools: [EncodedRequest.tool()])
        let body = Self.body(request)
        #expect(body.contains(#""arguments":"{\"b\":1,\"a\":[]}""#))
        #expect(body.contains(#"{"role":"tool","content":"42","name":"f","tool_call_id":"call_1"}"#))
        #expect(body.contains(#""reasoning_content":"hm""#))
        #expect(!body.contains("tool_choice"))
    }

    @Test("Formats are written as OpenAI's")
    func formats() throws {
        var options = GenerationOptions()
        options.format = .schema(try JSONSchema(["type": .string("object")]))
        #expect(
            Self.body(try EncodedRequest.chat(options: options)).contains(
                #""response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"}}}"#
            )
        )
        options.format = .json
        #expect(
            Self.body(try EncodedRequest.chat(options: options)).contains(#""response_format":{"type":"json_object"}"#)
        )
    }
}
