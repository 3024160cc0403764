import Application
import Domain
import NIOCore
import Testing

@testable import Adapters

/// Pieces of answers that tests of forms have in common.
enum Piece {
    static let usage = TokenUsage(promptTokens: 5, completionTokens: 2, cachedTokens: 3, reasoningTokens: 1)
    static let call = ToolCall(id: "call_1", name: "f", arguments: #"{"x":"y"}"#)

    static func end(
        _ reason: GenerationSummary.Reason = .stop,
        _ usage: TokenUsage = TokenUsage(promptTokens: 5, completionTokens: 2)
    ) -> GenerationEvent {
        .finished(GenerationSummary(usage: usage, timings: EngineTimings(), reason: reason))
    }

    static func text(_ text: String) -> GenerationEvent { .text(JSONText(text)) }
    static func thought(_ text: String) -> GenerationEvent { .thinking(JSONText(text)) }
    static func logprobs(_ json: String) -> GenerationEvent { .logprobs(Array(json.utf8)[...]) }

    static func result(_ events: [GenerationEvent]) throws -> GenerationResult {
        var collector = GenerationCollector()
        for event in events { collector.add(event) }
        return try #require(collector.result)
    }
}

@Suite("OpenAI's frames")
struct OpenAIFramesTests {
    private static let head = #"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"m\"x","#
    private static let after = #","logprobs":null,"finish_reason":null}]}"#
    private static let opening = #""choices":[{"index":0,"delta":{"role":"assistant","content":""}"#

    private static func chat(tellsUsage: Bool = false) -> OpenAIForm<OpenAIChatShape> {
        let identity = OpenAIIdentity(id: "chatcmpl-1", created: 7)
        return OpenAIForm(shape: OpenAIChatShape(identity: identity), tellsUsage: tellsUsage)
    }

    private static func completion(echo: String? = nil) -> OpenAIForm<OpenAICompletionShape> {
        let identity = OpenAIIdentity(id: "cmpl-1", created: 7)
        return OpenAIForm(shape: OpenAICompletionShape(identity: identity, echo: echo), tellsUsage: false)
    }

    /// What a stream of one choice says, as the data of its events.
    private static func data<Shape>(_ form: OpenAIForm<Shape>, _ events: [GenerationEvent]) throws -> [String] {
        var writer = OpenAIFrameWriter(form, model: "m\"x")
        var buffer = ByteBuffer()
        for event in events {
            writer.append(event, choice: 0, to: &buffer)
            if case .finished(let summary) = event { writer.appendEnd(summary.usage, to: &buffer) }
        }
        return try self.data(buffer)
    }

    private static func data(_ buffer: ByteBuffer) throws -> [String] {
        let text = String(decoding: buffer.readableBytesView, as: UTF8.self)
        #expect(text.hasSuffix("\n\n"))
        return text.parts(by: "\n\n").dropLast().map { event in
            #expect(event.hasPrefix("data: ") && !event.contains("\n"))
            return String(event.dropFirst(6))
        }
    }

    @Test("The role comes first and alone, the reason last and alone, and then the end")
    func stream() throws {
        let data = try Self.data(Self.chat(), [Piece.text("a\"b\n"), Piece.text("c"), Piece.end()])
        #expect(
            data == [
                Self.head + Self.opening + Self.after,
                Self.head + #""choices":[{"index":0,"delta":{"content":"a\"b\n"}"# + Self.after,
                Self.head + #""choices":[{"index":0,"delta":{"content":"c"}"# + Self.after,
                Self.head + #""choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}"#,
                "[DONE]",
            ]
        )
    }

    @Test("A token's bytes pass as they came, escapes included")
    func bytes() throws {
        let escaped = JSONText(validated: Array(#"\u00e9\/\ud83d\ude00"#.utf8)[...])
        let data = try Self.data(Self.chat(), [.text(escaped)])
        #expect(
            data[1] == Self.head + #""choices":[{"index":0,"delta":{"content":"\u00e9\/\ud83d\ude00"}"# + Self.after
        )
    }

    @Test("The usage is a piece without choices, before the end, and only where it is asked for")
    func usage() throws {
        let data = try Self.data(Self.chat(tellsUsage: true), [Piece.text("a"), Piece.end(.length, Piece.usage)])
        #expect(
            data[2...] == [
                Self.head + #""choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}]}"#,
                Self.head
                    + #""choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":1}}}"#,
                "[DONE]",
            ]
        )
    }

    @Test("Thoughts, tool calls and probabilities have members of their own; calls are counted on")
    func others() throws {
        let data = try Self.data(
            Self.chat(),
            [
                Piece.thought("hm"), Piece.text("a"), Piece.logprobs(#"{"token":"a"}"#), .toolCalls([Piece.call]),
                .toolCalls([ToolCall(id: "call_2", name: "g", arguments: "{}")]), Piece.end(.toolCalls),
            ]
        )
        let call = #""type":"function","function":{"name":"f","arguments":"{\"x\":\"y\"}"}}]}"#
        let second = #""type":"function","function":{"name":"g","arguments":"{}"}}]}"#
        #expect(
            data == [
                Self.head + Self.opening + Self.after,
                Self.head + #""choices":[{"index":0,"delta":{"reasoning":"hm"}"# + Self.after,
                Self.head + #""choices":[{"index":0,"delta":{"content":"a"}"# + Self.after,
                Self.head
                    + #""choices":[{"index":0,"delta":{},"logprobs":{"content":[{"token":"a"}]},"finish_reason":null}]}"#,
                Self.head + #""choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","# + call
                    + Self.after,
                Self.head + #""choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_2","# + second
                    + Self.after,
                Self.head + #""choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"tool_calls"}]}"#,
                "[DONE]",
            ]
        )
    }

    @Test("Each of several choices has its own role, calls and reason; the end comes once")
    func choices() throws {
        var writer = OpenAIFrameWriter(Self.chat(), model: "m\"x")
        var buffer = ByteBuffer()
        for choice in 0..<2 {
            for event in [.toolCalls([Piece.call]), Piece.end()] { writer.append(event, choice: choice, to: &buffer) }
        }
        writer.appendEnd(TokenUsage(promptTokens: 1, completionTokens: 1), to: &buffer)
        let data = try Self.data(buffer)
        #expect(data.count == 7 && data.last == "[DONE]")
        let objects = try data.dropLast().map { try parsedBody($0)["choices"]?.array?.first?.object }
        #expect(objects.map { $0?["index"] } == [0, 0, 0, 1, 1, 1].map { .number(JSONNumber($0)) })
        for start in [0, 3] {
            #expect(objects[start]?["delta"]?.object?["role"] == .string("assistant"))
            let call = objects[start + 1]?["delta"]?.object?["tool_calls"]?.array?.first?.object
            #expect(call?["index"] == .number(JSONNumber(0)))
            #expect(objects[start + 2]?["finish_reason"] == .string("stop"))
        }
    }

    @Test("A reason that OpenAI does not know is told as a stop")
    func reasons() throws {
        let data = try Self.data(Self.chat(), [Piece.end(.init(rawValue: "load"))])
        #expect(data[1].hasSuffix(#""finish_reason":"stop"}]}"#))
    }

    @Test("A failure is OpenAI's error, and no end follows")
    func failure() throws {
        var buffer = ByteBuffer()
        let error = ServiceError(.engineError, field: "/messages/0/content", "it \"broke\"")
        Self.chat().appendFailure(error, requestID: RequestID(generated: "r"), to: &buffer)
        #expect(
            try Self.data(buffer) == [
                #"{"error":{"message":"it \"broke\"","type":"server_error","param":"messages.0.content","code":"engine_error"}}"#
            ]
        )
    }

    @Test("A whole answer has all its members, content null only beside tool calls")
    func whole() throws {
        let result = try Piece.result([
            Piece.thought("hm"), Piece.text("hi"), Piece.logprobs(#"{"token":"hi"}"#), Piece.end(.stop, Piece.usage),
        ])
        let body = String(decoding: Self.chat().body([result], usage: Piece.usage, model: "m"), as: UTF8.self)
        #expect(
            body
                == #"{"id":"chatcmpl-1","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi","refusal":null,"reasoning":"hm"},"logprobs":{"content":[{"token":"hi"}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":1}}}"#
        )
        let calls = try Piece.result([.toolCalls([Piece.call]), Piece.end(.toolCalls)])
        let message = try parsedBody(
            String(decoding: Self.chat().body([calls], usage: Piece.usage, model: "m"), as: UTF8.self)
        )["choices"]?.array?.first?.object
        #expect(message?["message"]?.object?["content"] == .null && message?["finish_reason"] == .string("tool_calls"))
        let call = message?["message"]?.object?["tool_calls"]?.array?.first?.object
        #expect(call?.keys == ["id", "type", "function"])
    }

    @Test("A completion's text may begin with its prompt")
    func completions() throws {
        let head = #"{"id":"cmpl-1","object":"text_completion","created":7,"model":"m\"x","choices":[{"index":0,"#
        #expect(
            try Self.data(Self.completion(echo: "1 \"2\""), [Piece.text(" 3"), Piece.end(.length)]) == [
                head + #""text":"1 \"2\"","logprobs":null,"finish_reason":null}]}"#,
                head + #""text":" 3","logprobs":null,"finish_reason":null}]}"#,
                head + #""text":"","logprobs":null,"finish_reason":"length"}]}"#,
                "[DONE]",
            ]
        )
        #expect(try Self.data(Self.completion(), [Piece.text("x"), Piece.end()]).count == 3)
        let result = try Piece.result([Piece.text("\n3"), Piece.end()])
        let body = Self.completion(echo: "2").body([result, result], usage: Piece.usage, model: "m")
        let choices = try parsedBody(String(decoding: body, as: UTF8.self))["choices"]?.array?.compactMap(\.object)
        #expect(choices?.map { $0["text"] } == [.string("2\n3"), .string("2\n3")])
        #expect(choices?.map { $0["index"] } == [.number(JSONNumber(0)), .number(JSONNumber(1))])
    }

    @Test("A completion tells probabilities in lists side by side, and where each token begins in the text")
    func legacyLogprobs() throws {
        func element(_ token: String, _ value: String, _ others: String) -> String {
            #"{"token":"\#(token)","logprob":\#(value),"bytes":[1],"top_logprobs":[\#(others)]}"#
        }
        let other = #"{"token":"e","logprob":-2.50}"#
        let first = element("\u{e9}\u{1F600}", "-0.125", #"{"token":"é😀","logprob":-0.125},\#(other)"#)
        let second = element(" x", "-1", "")
        let data = try Self.data(
            Self.completion(echo: "1é"),
            [Piece.logprobs(first), Piece.text("\u{e9}\u{1F600}"), Piece.logprobs(second), Piece.end()]
        )
        let told = try data.dropLast().map { try parsedBody($0)["choices"]?.array?.first?.object?["logprobs"]?.text }
        let one =
            #"{"tokens":["é😀"],"token_logprobs":[-0.125],"top_logprobs":[{"é😀":-0.125,"e":-2.50}],"text_offset":[2]}"#
        let two = #"{"tokens":[" x"],"token_logprobs":[-1],"top_logprobs":[null],"text_offset":[4]}"#
        #expect(told == ["null", one, "null", two, "null"])
        let result = try Piece.result([
            Piece.logprobs(first), Piece.logprobs(second), Piece.text("\u{e9}\u{1F600} x"), Piece.end(),
        ])
        let body = Self.completion().body([result], usage: Piece.usage, model: "m")
        let whole = try parsedBody(String(decoding: body, as: UTF8.self))["choices"]?.array?.first?.object
        #expect(whole?["logprobs"]?.object?["tokens"] == .array([.string("é😀"), .string(" x")]))
        #expect(whole?["logprobs"]?.object?["text_offset"]?.text == "[0,2]")
    }
}
