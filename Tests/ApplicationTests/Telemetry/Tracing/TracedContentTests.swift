import Domain
import TestSupport
import Testing

@testable import Application

@Suite("What was said, in traces whose operator wants to see it")
struct TracedContentTests {
    /// The call's span of a request that asked this and was answered that.
    private static func call(
        _ work: any ExchangeWork,
        limit: Int? = 8192,
        _ answer: [GenerationEvent] = [.text(JSONText("hello"))]
    ) throws -> Span {
        let way = TracedWay(contentLimit: limit)
        try way.queued()
        way.admitted()
        let trace = try #require(way.called(on: work))
        #expect((trace.answer == nil) == (limit == nil))
        for event in answer { trace.answer?.add(event) }
        way.began()
        way.produced()
        way.entry.finish(.completed)
        return try #require(way.spans.requests.first).one("chat smollm2:135m")
    }

    private static func text(_ span: Span, _ key: String) -> String? {
        if case .text(let text)? = span[key] { text } else { nil }
    }

    private static func chat(_ messages: ChatMessage...) throws -> EngineWork {
        .chat(try ChatRequest(model: nil, messages: messages, options: GenerationOptions()))
    }

    @Test("A conversation and its answer are told in the form of the conventions")
    func conversation() throws {
        let call = ToolCall(id: "c1", name: "weather", arguments: #"{"city":"Paris"}"#)
        let work = try Self.chat(
            ChatMessage(role: .system, content: "Be \"brief\"."),
            ChatMessage(role: .user, content: "Weather?"),
            ChatMessage(role: .assistant, content: "", thinking: "Hm.", toolCalls: [call]),
            ChatMessage(role: .tool, content: "rain", toolCallID: "c1")
        )
        let span = try Self.call(
            work,
            [.thinking(JSONText("So ")), .text(JSONText("It ")), .text(JSONText("rains\n")), .toolCalls([call])]
        )
        #expect(
            Self.text(span, "gen_ai.input.messages") == #"""
                [{"role":"system","parts":[{"type":"text","content":"Be \"brief\"."}]},\#
                {"role":"user","parts":[{"type":"text","content":"Weather?"}]},\#
                {"role":"assistant","parts":[{"type":"reasoning","content":"Hm."},\#
                {"type":"tool_call","id":"c1","name":"weather","arguments":{"city":"Paris"}}]},\#
                {"role":"tool","parts":[{"type":"tool_call_response","id":"c1","response":"rain"}]}]
                """#
        )
        #expect(
            Self.text(span, "gen_ai.output.messages") == #"""
                [{"role":"assistant","parts":[{"type":"reasoning","content":"So "},{"type":"text","content":"It rains\n"},\#
                {"type":"tool_call","id":"c1","name":"weather","arguments":{"city":"Paris"}}],"finish_reason":"stop"}]
                """#
        )
        #expect(span["shared_ollama.content_cut"] == nil)
    }

    @Test("A prompt with a system message, and texts for vectors")
    func others() throws {
        let prompt = GenerationRequest(
            model: nil,
            prompt: try Prompt("Once"),
            system: try SystemMessage("Rhyme."),
            options: GenerationOptions()
        )
        let span = try Self.call(EngineWork.generate(prompt))
        #expect(
            Self.text(span, "gen_ai.input.messages") == #"[{"role":"user","parts":[{"type":"text","content":"Once"}]}]"#
        )
        #expect(Self.text(span, "gen_ai.system_instructions") == #"[{"type":"text","content":"Rhyme."}]"#)
    }

    @Test(
        "What passes through in Ollama's words is told as well",
        arguments: [
            (
                #"{"messages":[{"role":"user","content":"a","images":["AAAA"]},{"role":"tool","content":"b","tool_call_id":"7"}]}"#,
                #"[{"role":"user","parts":[{"type":"text","content":"a"},{"type":"image"}]},{"role":"tool","parts":[{"type":"tool_call_response","id":"7","response":"b"}]}]"#
            ),
            (
                #"{"prompt":"a","images":["AAAA"]}"#,
                #"[{"role":"user","parts":[{"type":"text","content":"a"},{"type":"image"}]}]"#
            ),
            (#"{"input":"a"}"#, #"[{"role":"user","parts":[{"type":"text","content":"a"}]}]"#),
            (
                #"{"input":["a","b",3]}"#,
                #"[{"role":"user","parts":[{"type":"text","content":"a"},{"type":"text","content":"b"}]}]"#
            ),
            (
                #"{"messages":[{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"x":1}}},7]}]}"#,
                #"[{"role":"assistant","parts":[{"type":"tool_call","name":"f","arguments":{"x":1}}]}]"#
            ),
            (#"{"messages":7}"#, nil), ("{}", nil), (#"{"messages":[7,{"content":"x"}]}"#, nil),
        ] as [(String, String?)]
    )
    func relayed(_ body: String, _ told: String?) throws {
        let span = try Self.call(TracedWay.work(body: body))
        #expect(Self.text(span, "gen_ai.input.messages") == told)
    }

    @Test("What is too long is cut between characters, the latest messages first, and it is said that it was")
    func cut() throws {
        let long = String(repeating: "é", count: 1000)
        let span = try Self.call(
            try Self.chat(ChatMessage(role: .user, content: "first"), ChatMessage(role: .user, content: long)),
            limit: 301,
            [.text(JSONText(long)), .text(JSONText("more"))]
        )
        let input = try #require(Self.text(span, "gen_ai.input.messages"))
        #expect(input == #"[{"role":"user","parts":[{"type":"text","content":"\#(long.prefix(150))"}]}]"#)
        let output = try #require(Self.text(span, "gen_ai.output.messages"))
        #expect(output.contains(long.prefix(150)) && !output.contains(long.prefix(151)))
        #expect(span["shared_ollama.content_cut"] == .truth(true))
    }

    @Test("A body that is too large to be taken apart is left out, and it is said that it was")
    func tooLarge() throws {
        let body = #"{"prompt":"\#(String(repeating: "x", count: 300_000))"}"#
        let span = try Self.call(TracedWay.work(body: body))
        #expect(span["gen_ai.input.messages"] == nil && span["shared_ollama.content_cut"] == .truth(true))
        #expect(span["gen_ai.output.messages"] != nil)
    }

    @Test("Without the switch nothing is kept of it, and the work is not held")
    func off() throws {
        let span = try Self.call(try Self.chat(ChatMessage(role: .user, content: "secret")), limit: nil)
        #expect(span.attributes.allSatisfy { !"\($0)".contains("secret") && !$0.key.hasSuffix("messages") })
    }

    @Test("An answer in Ollama's lines is put together of them")
    func lines() throws {
        let excerpt = AnswerExcerpt(limit: 1000)
        for line in [
            #"{"message":{"role":"assistant","content":"","thinking":"t"},"done":false}"#,
            #"{"message":{"role":"assistant","content":"a"},"done":false}"#, #"{"response":"b","done":false}"#,
            #"{"message":{"tool_calls":[{"function":{"name":"f","arguments":{}}}]}}"#, #"{"message":7}"#, "{}",
        ] {
            excerpt.add(ollama: try #require(try JSONParser.parse(Array(line.utf8)).object))
        }
        let message = try #require(excerpt.message?.message)
        var writer = JSONWriter()
        message.write(to: &writer)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self) == #"""
                {"role":"assistant","parts":[{"type":"reasoning","content":"t"},{"type":"text","content":"ab"},\#
                {"type":"tool_call","name":"f","arguments":{}}]}
                """#
        )
    }
}
