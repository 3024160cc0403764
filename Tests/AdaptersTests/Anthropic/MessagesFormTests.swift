import Application
import Domain
import NIOCore
import Testing

@testable import Adapters

@Suite("Whole messages")
struct MessagesFormTests {
    private static func form(omitsThinking: Bool = false) -> MessagesForm {
        MessagesForm(id: "msg_1", omitsThinking: omitsThinking, estimate: { _ in 8 })
    }

    private static func result(
        text: String = "",
        thinking: String? = nil,
        calls: [ToolCall] = [],
        usage: TokenUsage = TokenUsage(promptTokens: 37, completionTokens: 24),
        reason: GenerationSummary.Reason = .stop
    ) throws -> GenerationResult {
        var collector = GenerationCollector()
        if let thinking { collector.add(.thinking(JSONText(thinking))) }
        if !text.isEmpty { collector.add(.text(JSONText(text))) }
        if !calls.isEmpty { collector.add(.toolCalls(calls)) }
        collector.add(.finished(GenerationSummary(usage: usage, timings: EngineTimings(), reason: reason)))
        return try #require(collector.result)
    }

    private static func body(_ result: GenerationResult, omitsThinking: Bool = false) throws -> String {
        let exchange = try AnsweredExchange.make()
        return String(decoding: self.form(omitsThinking: omitsThinking).body(result, of: exchange), as: UTF8.self)
    }

    @Test("A text")
    func text() throws {
        #expect(
            try Self.body(Self.result(text: "a \"b\"", reason: .length))
                == #"{"id":"msg_1","type":"message","role":"assistant","model":"SmolLM2","content":[{"type":"text","text":"a \"b\""}],"#
                + #""stop_reason":"max_tokens","stop_sequence":null,"usage":{"input_tokens":37,"output_tokens":24}}"#
        )
    }

    @Test("Thoughts come first, text then, tool calls with their input as an object last")
    func blocks() throws {
        let calls = [ToolCall(id: "t1", name: "weather", arguments: #"{"city": "Paris"}"#)]
        let result = try Self.result(text: "I look.", thinking: "hm", calls: calls, reason: .toolCalls)
        #expect(
            try Self.body(result).contains(
                #""content":[{"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"I look."},"#
                    + #"{"type":"tool_use","id":"t1","name":"weather","input":{"city": "Paris"}}],"stop_reason":"tool_use""#
            )
        )
        let omitted = try Self.body(result, omitsThinking: true)
        #expect(omitted.contains(#"{"type":"thinking","thinking":"","signature":""}"#))
    }

    @Test("An answer without a word has no blocks")
    func empty() throws {
        #expect(try Self.body(Self.result()).contains(#""content":[],"stop_reason":"end_turn""#))
    }

    @Test("The input of a call is an object, whatever the model wrote", arguments: ["", "[1]", #"{"city": "Par"#])
    func brokenInput(arguments: String) throws {
        let calls = [ToolCall(id: "t1", name: "weather", arguments: arguments)]
        let body = try #require(try JSONParser.parse(Array(Self.body(Self.result(calls: calls)).utf8)).object)
        let input = body["content"]?.array?.first?.object?["input"]?.object
        #expect(input == ["INVALID_JSON": .string(arguments)])
    }

    @Test("What the engine still knew of the prompt is told beside the rest, and thinking within the answer")
    func usage() throws {
        let usage = TokenUsage(promptTokens: 37, completionTokens: 24, cachedTokens: 30, reasoningTokens: 9)
        let told =
            #""usage":{"input_tokens":7,"cache_read_input_tokens":30,"output_tokens":24,"output_tokens_details":{"thinking_tokens":9}}"#
        #expect(try Self.body(Self.result(usage: usage)).contains(told))
    }

    @Test("A failure is an event of its own, with its type and the request's id")
    func failure() {
        var buffer = ByteBuffer()
        let error = ServiceError(.engineTimeout, "too \"slow\"")
        Self.form().appendFailure(error, requestID: RequestID(generated: "id-1"), to: &buffer)
        #expect(
            String(buffer: buffer)
                == "event: error\ndata: "
                + #"{"type":"error","error":{"type":"timeout_error","message":"too \"slow\""},"request_id":"id-1"}"#
                + "\n\n"
        )
    }

    @Test("A whole answer is a stream again, with the same id")
    func replay() throws {
        let exchange = try AnsweredExchange.make()
        let stream = String(decoding: Self.form().stream(try Self.result(text: "ab"), of: exchange), as: UTF8.self)
        #expect(stream.hasPrefix("event: message_start\n") && stream.contains(#""id":"msg_1""#))
        #expect(stream.contains(#""input_tokens":8"#) && stream.hasSuffix("data: {\"type\":\"message_stop\"}\n\n"))
    }
}
