import Domain
import NIOCore
import TestSupport
import Testing

@testable import Adapters
@testable import Application

@Suite("Native answers")
struct NativeAnswersTests {
    private static let summary = GenerationSummary(
        usage: TokenUsage(promptTokens: 7, completionTokens: 2, cachedTokens: 3),
        timings: EngineTimings(total: .microseconds(1500), load: nil),
        reason: .length
    )

    private static func body(
        _ result: GenerationResult,
        _ shape: NativeAnswers.Shape,
        notices: GenerationNotices = GenerationNotices()
    ) throws -> JSONObject {
        let exchange = try AnsweredExchange.make(notices: notices)
        let bytes = NativeAnswers(self.summary, exchange: exchange).body(result, shape: shape)
        return try #require(try JSONParser.parse(bytes).object)
    }

    private static func result(
        thinking: String? = nil,
        calls: [ToolCall] = [],
        logprobs: String? = nil
    ) -> GenerationResult {
        GenerationResult(
            text: JSONText("a \"b\""),
            thinking: thinking.map { JSONText($0) },
            toolCalls: calls,
            logprobs: logprobs.map { Array($0.utf8) },
            embeddings: [],
            summary: self.summary
        )
    }

    @Test("The metrics are the engine's figures and the record's")
    func metrics() throws {
        let body = try Self.body(Self.result(), .text)
        #expect(body["text"] == .string("a \"b\"") && body["model"] == .string("SmolLM2"))
        #expect(body["request_id"] == .string("id-1") && body["done_reason"] == .string("length"))
        #expect(body["latency_ms"] == .number(JSONNumber(12.345)) && body["queue_wait_ms"] == .number(JSONNumber(3)))
        #expect(body["overhead_ms"] == .number(JSONNumber(9.345)) && body["model_warm_start"] == .bool(true))
        #expect(body["model_load_ms"] == .null && body["total_duration_ms"] == .number(JSONNumber(1.5)))
        #expect(body["prompt_eval_count"] == .number(JSONNumber(7)))
        #expect(body["generation_eval_count"] == .number(JSONNumber(2)) && body["warnings"] == .array([]))
        let usage = body["usage"]?.object
        #expect(usage?["cached_tokens"] == .number(JSONNumber(3)) && usage?["reasoning_tokens"] == .null)
    }

    @Test("A message has all its members, null where there is nothing")
    func message() throws {
        let bare = try #require(try Self.body(Self.result(), .message)["message"]?.object)
        #expect(bare.keys == ["role", "content", "thinking", "tool_calls", "tool_call_id"])
        #expect(bare["thinking"] == .null && bare["tool_calls"] == .null && bare["tool_call_id"] == .null)
        let call = ToolCall(id: "c", name: "f", arguments: "{}")
        let full = try Self.body(Self.result(thinking: "hm", calls: [call], logprobs: #"{"token":"a"}"#), .message)
        #expect(full["message"]?.object?["thinking"] == .string("hm"))
        #expect(full["message"]?.object?["tool_calls"]?.array?.count == 1)
        #expect(full["logprobs"]?.array?.count == 1 && full["text"] == nil)
    }

    @Test("Cut prompts and ignored fields are warnings")
    func warnings() throws {
        var notices = GenerationNotices()
        notices.truncated = .init(prompt: 6031, context: 4096)
        notices.ignoredFields = ["keep_alive"]
        let warnings =
            try Self.body(Self.result(), .text, notices: notices)["warnings"]?.array?.compactMap(\.string) ?? []
        #expect(warnings.count == 2)
        #expect(warnings.first?.contains("6031") == true && warnings.last?.contains("keep_alive") == true)
    }

    @Test("The last frame of a stream has the same metrics")
    func lastFrame() throws {
        let exchange = try AnsweredExchange.make()
        var buffer = ByteBuffer()
        NativeFrames(model: "SmolLM2", requestID: RequestID(generated: "id-1"))
            .appendEnd(NativeAnswers(Self.summary, exchange: exchange), to: &buffer)
        let frame = try #require(try ParsedFrames.objects(buffer).first)
        let body = try Self.body(Self.result(), .text)
        #expect(frame.keys == body.keys.subtracting(["text"]).union(["chunk", "role", "done"]))
        #expect(frame["done"] == .bool(true) && frame["chunk"] == .string(""))
    }
}
