import Domain
import NIOCore
import Testing

@testable import Adapters

@Suite("Events of a streamed message")
struct MessagesFramesTests {
    private static func text(of events: [GenerationEvent], omitsThinking: Bool = false) -> (text: String, isOver: Bool)
    {
        var frames = MessagesFrames(id: "msg_1", model: "M \"x\"", estimate: 8, omitsThinking: omitsThinking)
        var buffer = ByteBuffer()
        var isOver = false
        for event in events { isOver = frames.append(event, to: &buffer) }
        return (String(buffer: buffer), isOver)
    }

    private static func end(_ reason: GenerationSummary.Reason, cached: Int? = nil) -> GenerationEvent {
        .finished(
            GenerationSummary(
                usage: TokenUsage(promptTokens: 37, completionTokens: 24, cachedTokens: cached),
                timings: EngineTimings(),
                reason: reason
            )
        )
    }

    private static let start = """
        event: message_start
        data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"M \\"x\\"",\
        "content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":8,"output_tokens":0}}}


        """

    @Test("A text is one block; its tokens pass as they came, escapes included")
    func text() {
        let written = Self.text(
            of: [
                .text(JSONText(validated: Array(#"L\u00c9 \"x\"\n"#.utf8)[...])), .text(JSONText("世")),
                Self.end(.length),
            ]
        )
        #expect(written.isOver)
        #expect(
            written.text == Self.start + #"""
                event: content_block_start
                data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"L\u00c9 \"x\"\n"}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"世"}}

                event: content_block_stop
                data: {"type":"content_block_stop","index":0}

                event: message_delta
                data: {"type":"message_delta","delta":{"stop_reason":"max_tokens","stop_sequence":null},"usage":{"input_tokens":37,"output_tokens":24}}

                event: message_stop
                data: {"type":"message_stop"}


                """#
        )
    }

    @Test("Thoughts are a block of their own before the text, which ends with a signature")
    func thinking() {
        let written = Self.text(of: [.thinking(JSONText("hm")), .text(JSONText("a")), Self.end(.stop)]).text
        #expect(
            written.hasPrefix(
                Self.start + #"""
                    event: content_block_start
                    data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

                    event: content_block_delta
                    data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}

                    event: content_block_delta
                    data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":""}}

                    event: content_block_stop
                    data: {"type":"content_block_stop","index":0}

                    event: content_block_start
                    data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

                    event: content_block_delta
                    data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"a"}}


                    """#
            ),
            "\(written)"
        )
        #expect(written.contains(#""stop_reason":"end_turn""#))
    }

    @Test("Thoughts that are not to be told are a block without a thought")
    func omittedThinking() {
        let written = Self.text(
            of: [.thinking(JSONText("secret")), .thinking(JSONText("plan")), .text(JSONText("a")), Self.end(.stop)],
            omitsThinking: true
        ).text
        #expect(!written.contains("secret") && !written.contains("plan") && !written.contains("thinking_delta"))
        #expect(written.contains(#""content_block":{"type":"thinking""#) && written.contains(#""text":"a""#))
    }

    @Test("A tool call is a block whose whole input comes as one piece; two calls are two blocks")
    func toolCalls() {
        let calls = [
            ToolCall(id: "t1", name: "weather", arguments: #"{"city": "Paris"}"#),
            ToolCall(id: "t2", name: "clock", arguments: "{}"),
        ]
        let written = Self.text(of: [.text(JSONText("I look.")), .toolCalls(calls), Self.end(.toolCalls)]).text
        #expect(
            written.hasSuffix(
                #"""
                event: content_block_stop
                data: {"type":"content_block_stop","index":0}

                event: content_block_start
                data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"weather","input":{}}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"city\": \"Paris\"}"}}

                event: content_block_stop
                data: {"type":"content_block_stop","index":1}

                event: content_block_start
                data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t2","name":"clock","input":{}}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{}"}}

                event: content_block_stop
                data: {"type":"content_block_stop","index":2}

                event: message_delta
                data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":37,"output_tokens":24}}

                event: message_stop
                data: {"type":"message_stop"}


                """#
            ),
            "\(written)"
        )
    }

    @Test("An answer without a word is a message without blocks")
    func empty() {
        let written = Self.text(of: [Self.end(.stop, cached: 30)]).text
        #expect(written.hasPrefix(Self.start + "event: message_delta\n"))
        #expect(written.contains(#""usage":{"input_tokens":7,"cache_read_input_tokens":30,"output_tokens":24}"#))
    }
}
