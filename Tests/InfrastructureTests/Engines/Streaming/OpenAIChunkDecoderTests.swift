import Domain
import Testing

@testable import Infrastructure

@Suite("Streams of OpenAI-compatible servers")
struct OpenAIChunkDecoderTests {
    private static func decode(_ events: [String], ending: String = "data: [DONE]\n\n") throws -> DecodedStream {
        let text = events.map { "data: \($0)\n\n" }.joined() + ending
        return try DecodedStream.decode([Array(text.utf8)], OpenAIChunkDecoder())
    }

    private static func delta(_ delta: String, reason: String = "null") -> String {
        #"{"choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(reason)}]}"#
    }

    @Test("A recorded stream of llama.cpp's server is read, cut at every byte")
    func llama() throws {
        let stream = try DecodedStream.everySplit("llama-chat.sse", OpenAIChunkDecoder())
        #expect(stream.text.hasPrefix("Hello! I") && stream.pieces == 4)
        let summary = try #require(stream.summary)
        #expect(summary.usage.promptTokens == 33 && summary.usage.completionTokens == 12)
        #expect(summary.usage.cachedTokens == 24 && summary.usage.reasoningTokens == nil)
        #expect(summary.reason == .length)
        #expect(summary.timings.promptEvaluation == .microseconds(64_950))
        #expect(summary.timings.generation == .microseconds(166_471))
        #expect(summary.timings.total == .microseconds(64_950 + 166_471) && summary.timings.load == nil)
    }

    @Test("A recorded stream with usage in a chunk of its own is read")
    func usage() throws {
        let stream = try DecodedStream.everySplit("openai-chat.sse", OpenAIChunkDecoder())
        #expect(stream.summary?.usage.promptTokens == 37 && stream.summary?.usage.completionTokens == 24)
        #expect(stream.summary?.usage.cachedTokens == nil && stream.pieces == 5)
    }

    @Test("A recorded stream without usage is read; what is not known is zero")
    func noUsage() throws {
        let stream = try DecodedStream.everySplit("openai-no-usage.sse", OpenAIChunkDecoder())
        #expect(stream.summary?.usage.promptTokens == 0 && stream.pieces == 5)
    }

    @Test("A recorded tool call is read")
    func tools() throws {
        let stream = try DecodedStream.everySplit("openai-tools.sse", OpenAIChunkDecoder())
        #expect(stream.calls.count == 1)
        #expect(stream.calls.first?.name == "get_weather")
        #expect(stream.calls.first?.arguments == #"{"city":"Paris"}"#)
        #expect(stream.summary?.reason == .toolCalls)
    }

    @Test("Recorded thoughts are kept apart")
    func reasoning() throws {
        let stream = try DecodedStream.everySplit("openai-reasoning.sse", OpenAIChunkDecoder())
        #expect(!stream.thinking.isEmpty && !stream.text.isEmpty && stream.summary?.reason == .stop)
    }

    @Test("The recorded stream of a killed runner has no end")
    func killed() throws {
        let stream = try DecodedStream.everySplit("openai-killed.sse", OpenAIChunkDecoder())
        #expect(stream.summary == nil && stream.pieces > 0)
    }

    @Test("Tool calls in pieces are put together, each by its index")
    func piecewise() throws {
        let stream = try Self.decode([
            Self.delta(
                #"{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}]}"#
            ),
            Self.delta(#"{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{\"y\""}}]}"#),
            Self.delta(#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":"}}]}"#),
            Self.delta(
                #"{"tool_calls":[{"index":0,"function":{"arguments":"1}"}},"#
                    + #"{"index":1,"function":{"arguments":":2}"}}]}"#
            ),
            Self.delta("{}", reason: #""tool_calls""#),
        ])
        #expect(
            stream.calls == [
                ToolCall(id: "a", name: "f", arguments: #"{"x":1}"#),
                ToolCall(id: "b", name: "g", arguments: #"{"y":2}"#),
            ]
        )
    }

    @Test("A tool call without id or arguments gets both")
    func bareCall() throws {
        let stream = try Self.decode([
            Self.delta(#"{"tool_calls":[{"index":0,"function":{"name":"f"}}]}"#), Self.delta("{}", reason: #""stop""#),
        ])
        #expect(stream.calls == [ToolCall(id: "call_0", name: "f", arguments: "{}")])
        #expect(stream.summary?.reason == .toolCalls)
    }

    @Test("Comments, other fields, CRLF, missing blanks and further choices are passed over")
    func framing() throws {
        let text =
            ": keep-alive\r\n\r\nevent: x\r\nid: 7\r\ndata:" + Self.delta(#"{"content":"a","reasoning":""}"#)
            + "\r\n\r\ndata:\r\n\r\ndata: "
            + #"{"choices":[{"index":0,"delta":{"content":"b"}},{"index":1,"delta":{"content":"no"}}],"usage":null}"#
            + "\r\n\r\ndata: " + Self.delta("{}", reason: #""stop""#) + "\r\n\r\ndata: [DONE]\r\n\r\n"
        let stream = try DecodedStream.decode([Array(text.utf8)], OpenAIChunkDecoder())
        #expect(stream.text == "ab" && stream.summary?.reason == .stop)
    }

    @Test("A server that closes without [DONE] has finished only if it said why")
    func noDone() throws {
        let content = Self.delta(#"{"content":"a"}"#)
        let finished = try Self.decode([content, Self.delta("{}", reason: #""stop""#)], ending: "")
        #expect(finished.summary?.reason == .stop)
        let cut = try Self.decode([content], ending: "")
        #expect(cut.summary == nil && cut.text == "a")
    }

    @Test("Nothing follows [DONE]")
    func afterDone() throws {
        let text =
            "data: [DONE]\n\ndata: " + Self.delta(#"{"content":"late"}"#) + "\n\ndata: nonsense\n\ndata: [DONE]\n\n"
        let stream = try DecodedStream.decode([Array(text.utf8)], OpenAIChunkDecoder())
        #expect(stream.text.isEmpty && stream.summary != nil && stream.eventsAfterTheEnd == 0)
    }

    @Test(
        "An error in the stream is a failure in its own words",
        arguments: [#"{"error":{"message":"out of memory","code":500}}"#, #"{"error":"out of memory"}"#]
    )
    func error(event: String) {
        let error = #expect(throws: ServiceError.self) { try Self.decode([event]) }
        #expect(error?.code == .engineError && error?.message.contains("out of memory") == true)
    }

    @Test(
        "What is not a chunk is refused",
        arguments: [
            "nonsense", "{", "[]", #"{"choices":{}}"#, #"{"choices":[5]}"#, #"{"choices":[{"delta":{"content":5}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":128}]}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":-1}]}}]}"#, #"{"choices":[]} x"#,
        ]
    )
    func nonsense(event: String) {
        #expect(throws: (any Error).self) { try Self.decode([event]) }
    }
}
