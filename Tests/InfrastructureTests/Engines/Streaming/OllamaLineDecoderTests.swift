import Domain
import Testing

@testable import Infrastructure

@Suite("Streams of Ollama")
struct OllamaLineDecoderTests {
    private static let decoder = OllamaLineDecoder(callIDPrefix: "req")

    private static func decode(_ text: String) throws -> DecodedStream {
        try DecodedStream.decode([Array(text.utf8)], self.decoder)
    }

    @Test("A recorded stream of text is read, cut at every byte", arguments: ["ollama-chat", "ollama-generate"])
    func text(name: String) throws {
        let stream = try DecodedStream.everySplit("\(name).ndjson", Self.decoder)
        #expect(stream.text.hasPrefix("L'"))
        #expect(stream.pieces == 5)
        let summary = try #require(stream.summary)
        #expect(summary.usage.promptTokens == 37 && summary.usage.completionTokens == 24)
        #expect(summary.usage.cachedTokens == nil && summary.usage.reasoningTokens == nil)
        #expect(summary.reason == .length)
        let isChat = name == "ollama-chat"
        #expect(summary.timings.total == .nanoseconds(isChat ? 172_405_904 : 155_577_802))
        #expect(summary.timings.load == .nanoseconds(isChat ? 678_761 : 10_373_878))
        #expect(summary.timings.promptEvaluation == .nanoseconds(isChat ? 6_251_000 : 6_298_000))
        #expect(summary.timings.generation == .nanoseconds(isChat ? 163_774_000 : 137_167_000))
    }

    @Test("Characters of many bytes survive every cut")
    func unicode() throws {
        let stream = try DecodedStream.everySplit("ollama-unicode.ndjson", Self.decoder)
        #expect(stream.text.hasPrefix("👋"))
        #expect(!stream.text.contains("\u{FFFD}"))
    }

    @Test("A recorded tool call is read; it is the reason of the end")
    func tools() throws {
        let stream = try DecodedStream.everySplit("ollama-tools.ndjson", Self.decoder)
        #expect(
            stream.calls == [ToolCall(id: "call_kdph7tve", name: "get_weather", arguments: #"{"city":"Paris"}"#)]
        )
        #expect(stream.summary?.reason == .toolCalls && stream.text.isEmpty)
    }

    @Test("Tool calls without an id get one of their own")
    func callIDs() throws {
        let call = #"{"function":{"name":"f","arguments":{}}}"#
        let stream = try Self.decode(
            #"{"message":{"tool_calls":[\#(call),\#(call)]},"done":false}"# + "\n"
                + #"{"message":{"tool_calls":[\#(call)]},"done":true}"# + "\n"
        )
        #expect(stream.calls.map(\.id) == ["call_req_0", "call_req_1", "call_req_2"])
    }

    @Test("Recorded thoughts are kept apart")
    func thinking() throws {
        let stream = try DecodedStream.everySplit("ollama-thinking.ndjson", Self.decoder)
        #expect(stream.thinking.hasPrefix("The") && !stream.text.isEmpty)
        #expect(!stream.text.contains(stream.thinking))
        #expect(stream.summary?.reason == .stop)
    }

    @Test("Recorded probabilities are passed on as they came")
    func logprobs() throws {
        let stream = try DecodedStream.everySplit("ollama-logprobs.ndjson", Self.decoder)
        let entries = stream.logprobs.split(separator: ";")
        #expect(entries.count == 3)
        for entry in entries {
            let value = try JSONParser.parse(Array("[\(entry)]".utf8))
            #expect(value.array?.first?.object?["token"]?.string != nil)
        }
    }

    @Test("The recorded end of a killed runner is a failure in its own words, after the tokens that came")
    func killed() throws {
        let bytes = try RecordedStream.bytes("ollama-killed.ndjson")
        let error = #expect(throws: ServiceError.self) { try DecodedStream.decode([bytes], Self.decoder) }
        #expect(error?.code == .engineError && error?.message.contains("unexpected EOF") == true)
    }

    @Test("A recorded line without counters is an end as well")
    func unload() throws {
        let stream = try DecodedStream.everySplit("ollama-unload.ndjson", Self.decoder)
        #expect(stream.summary?.reason.rawValue == "unload" && stream.summary?.usage.completionTokens == 0)
    }

    @Test("A stream that stops before its last line has no end")
    func noEnd() throws {
        let bytes = try RecordedStream.bytes("ollama-chat.ndjson")
        let lines = bytes.split(separator: 0x0A)
        let cut = Array(lines.dropLast().joined(separator: [0x0A])) + [0x0A]
        let stream = try DecodedStream.decode([cut], Self.decoder)
        #expect(stream.summary == nil && stream.pieces == 5)
    }

    @Test("Escapes, null fields, unknown fields and fields in another order are read")
    func oddities() throws {
        let stream = try Self.decode(
            #"{"done":false,"x":{"content":"no","y":[{"response":"no"}]},"message":{"thinking":null,"tool_calls":null,"#
                + #""content":"a\n\"\u00e9\ud83d\udc4b"}}"# + "\n\n"
                + #"{"eval_count":2.0,"done_reason":null,"done":true,"message":null,"total_duration":null}"#
        )
        #expect(stream.text == "a\n\"é👋")
        #expect(stream.summary?.usage.completionTokens == 2 && stream.summary?.reason == .stop)
        #expect(stream.summary?.timings.total == nil)
    }

    @Test(
        "What is not a line of Ollama's is refused",
        arguments: [
            "nonsense\n", "{\n", "[]\n", "5\n", #"{"message":{"content":5}}"# + "\n", #"{"done":"yes"}"# + "\n",
            #"{"done":true}{"done":true}"# + "\n", "{\"response\":\"\u{1}\"}\n", #"{"message":[]}"# + "\n",
            #"{"eval_count":"many","done":true}"# + "\n", #"{"message":{"content":"a"}"#,
        ]
    )
    func nonsense(text: String) {
        #expect(throws: (any Error).self) { try Self.decode(text) }
    }

    @Test("Bytes that are not UTF-8 are refused")
    func invalidUTF8() {
        let line = Array(#"{"response":""#.utf8) + [0xC3, 0x28] + Array(#"","done":false}"#.utf8) + [0x0A]
        #expect(throws: (any Error).self) { try DecodedStream.decode([line], Self.decoder) }
    }
}
