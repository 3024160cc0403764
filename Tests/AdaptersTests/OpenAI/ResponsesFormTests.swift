import Application
import Domain
import NIOCore
import Testing

@testable import Adapters

@Suite("The form of responses")
struct ResponsesFormTests {
    /// One event of a stream.
    private struct Event {
        let name: String
        let data: JSONObject

        var type: String? { self.data["type"]?.string }
        var response: JSONObject? { self.data["response"]?.object }
        var item: JSONObject? { self.data["item"]?.object }
    }

    private static func form(_ members: String = "") throws -> ResponsesForm {
        let reading = try ResponsesReader.read(parsedBody(#"{"model":"m","input":"hi"\#(members)}"#))
        return ResponsesForm(
            identity: OpenAIIdentity(id: "1", created: 7),
            settings: reading.settings,
            now: { 9 }
        )
    }

    private static func stream(_ events: [GenerationEvent], failure: ServiceError? = nil) throws -> [Event] {
        var (writer, buffer) = (try self.form().events(model: "m"), ByteBuffer())
        for event in events { writer.append(event, to: &buffer) }
        if let failure { writer.appendFailure(failure, to: &buffer) }
        return try self.parsed(buffer)
    }

    private static func parsed(_ buffer: ByteBuffer) throws -> [Event] {
        let text = String(decoding: buffer.readableBytesView, as: UTF8.self)
        #expect(text.hasSuffix("\n\n") && !text.contains("[DONE]"))
        let events = try text.parts(by: "\n\n").dropLast().map { event in
            let lines = event.parts(by: "\n")
            #expect(lines.count == 2 && lines[0].hasPrefix("event: ") && lines[1].hasPrefix("data: "))
            return Event(name: String(lines[0].dropFirst(7)), data: try parsedBody(String(lines[1].dropFirst(6))))
        }
        #expect(events.map(\.name) == events.map { $0.type ?? "" })
        #expect(events.map { $0.data["sequence_number"] } == events.indices.map { .number(JSONNumber($0)) })
        return events
    }

    private static func whole(_ events: [GenerationEvent], _ members: String = "") throws -> JSONObject {
        let body = try self.form(members).body(Piece.result(events), model: "m")
        return try parsedBody(String(decoding: body, as: UTF8.self))
    }

    @Test("The events of a text come in their order, each with its place, and the last holds the whole response")
    func text() throws {
        let events = try Self.stream([Piece.text("a\"b"), Piece.text("c\n"), Piece.end(.stop, Piece.usage)])
        #expect(
            events.map(\.name) == [
                "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
                "response.output_text.delta", "response.output_text.delta", "response.output_text.done",
                "response.content_part.done", "response.output_item.done", "response.completed",
            ]
        )
        for event in events[0...1] {
            #expect(event.response?["status"] == .string("in_progress") && event.response?["output"] == .array([]))
            #expect(event.response?["usage"] == .null && event.response?["completed_at"] == .null)
        }
        #expect(events[4...5].map { $0.data["delta"] } == [.string("a\"b"), .string("c\n")])
        for event in events[3...7] {
            #expect(event.data["item_id"] == .string("msg_1_0"))
            #expect(event.data["output_index"] == .number(JSONNumber(0)))
            #expect(event.data["content_index"] == .number(JSONNumber(0)))
        }
        #expect(events[6].data["text"] == .string("a\"bc\n"))
        #expect(events[7].data["part"]?.object?["text"] == .string("a\"bc\n"))
        let response = try #require(events.last?.response)
        #expect(response["output"] == .array([.object(try #require(events[8].item))]))
        #expect(response["status"] == .string("completed") && response["completed_at"] == .number(JSONNumber(9)))
        #expect(
            response["usage"]?.text
                == #"{"input_tokens":5,"output_tokens":2,"total_tokens":7,"input_tokens_details":{"cached_tokens":3},"output_tokens_details":{"reasoning_tokens":1}}"#
        )
    }

    @Test("A token's event has exactly these bytes")
    func bytes() throws {
        var (writer, buffer) = (try Self.form().events(model: "m"), ByteBuffer())
        writer.append(.text(JSONText(validated: Array(#"\u00e9"#.utf8)[...])), to: &buffer)
        let expected =
            "event: response.output_text.delta\ndata: "
            + #"{"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_1_0","output_index":0,"content_index":0,"delta":"\u00e9","logprobs":[]}"#
            + "\n\n"
        #expect(String(decoding: buffer.readableBytesView, as: UTF8.self).hasSuffix(expected))
    }

    @Test("Thoughts, text and calls are items of their own, each ended before the next begins")
    func items() throws {
        let events = try Self.stream([
            Piece.thought("h"), Piece.thought("m"), Piece.text("a"), .toolCalls([Piece.call]), Piece.end(.toolCalls),
        ])
        #expect(
            events.map(\.name) == [
                "response.created", "response.in_progress",
                "response.output_item.added", "response.reasoning_summary_part.added",
                "response.reasoning_summary_text.delta", "response.reasoning_summary_text.delta",
                "response.reasoning_summary_text.done", "response.reasoning_summary_part.done",
                "response.output_item.done",
                "response.output_item.added", "response.content_part.added", "response.output_text.delta",
                "response.output_text.done", "response.content_part.done", "response.output_item.done",
                "response.output_item.added", "response.function_call_arguments.delta",
                "response.function_call_arguments.done", "response.output_item.done",
                "response.completed",
            ]
        )
        let output = events.last?.response?["output"]?.array?.compactMap(\.object) ?? []
        #expect(output.map { $0["type"]?.string } == ["reasoning", "message", "function_call"])
        #expect(output.map { $0["id"]?.string } == ["rs_1_0", "msg_1_1", "fc_1_2"])
        #expect(output.first?["summary"]?.text == #"[{"type":"summary_text","text":"hm"}]"#)
        #expect(events[15].item?["arguments"] == .string("") && events[15].item?["status"] == .string("in_progress"))
        #expect(events[16].data["delta"] == .string(#"{"x":"y"}"#))
        #expect(events[17].data["arguments"] == .string(#"{"x":"y"}"#))
        #expect(output.last?["call_id"] == .string("call_1") && output.last?["name"] == .string("f"))
    }

    @Test("A streamed response is in the end what it had been as a whole")
    func sameAsWhole() throws {
        let answers: [[GenerationEvent]] = [
            [Piece.text("a"), Piece.text("b"), Piece.end(.stop, Piece.usage)],
            [Piece.thought("t"), Piece.text("b"), Piece.logprobs(#"{"token":"b"}"#), Piece.end(.length)],
            [.toolCalls([Piece.call, ToolCall(id: "c2", name: "g", arguments: "{}")]), Piece.end(.toolCalls)],
            [Piece.end()],
        ]
        for events in answers {
            #expect(try Self.stream(events).last?.response == Self.whole(events))
        }
    }

    @Test("An answer that reached its longest length is incomplete, and says why")
    func incomplete() throws {
        let events = try Self.stream([Piece.text("a"), Piece.end(.length)])
        #expect(events.last?.name == "response.incomplete")
        let response = try #require(events.last?.response)
        #expect(response["status"] == .string("incomplete") && response["completed_at"] == .null)
        #expect(response["incomplete_details"]?.text == #"{"reason":"max_output_tokens"}"#)
        #expect(events[events.count - 2].item?["status"] == .string("incomplete"))
    }

    @Test("Probabilities stand beside an empty piece of text and in the whole of it")
    func logprobs() throws {
        let elements = #"{"token":"a","logprob":-0.5}"#
        let events = try Self.stream([
            Piece.text("a"), Piece.logprobs(elements), Piece.text("b"), Piece.logprobs(elements), Piece.end(),
        ])
        #expect(events[5].data["delta"] == .string("") && events[5].data["logprobs"]?.text == "[\(elements)]")
        let content = events.last?.response?["output"]?.array?.first?.object?["content"]?.array?.first?.object
        #expect(content?["logprobs"]?.text == "[\(elements),\(elements)]" && content?["text"] == .string("ab"))
    }

    @Test("A stream that fails says so twice: in the response, and as the error that the stock client raises")
    func failure() throws {
        let error = ServiceError(.engineTimeout, "too slow")
        let events = try Self.stream([Piece.text("a")], failure: error)
        #expect(events.suffix(2).map(\.name) == ["response.failed", "error"])
        let response = try #require(events[events.count - 2].response)
        #expect(response["status"] == .string("failed"))
        #expect(response["error"]?.text == #"{"code":"server_error","message":"too slow"}"#)
        let last = try #require(events.last?.data)
        #expect(last["code"] == .string("engine_timeout") && last["message"] == .string("too slow"))
        #expect(last["param"] == .null && last["error"]?.object?["message"] == .string("too slow"))
    }

    @Test("A stream that fails before it has begun has the error alone")
    func earlyFailure() throws {
        var buffer = ByteBuffer()
        let error = ServiceError(.queueTimeout, "too long")
        try Self.form().appendFailure(error, requestID: RequestID(generated: "r"), to: &buffer)
        #expect(try Self.parsed(buffer).map(\.name) == ["error"])
    }

    @Test("What the request said is repeated; what it left out is OpenAI's default")
    func settings() throws {
        let bare = try Self.whole([Piece.text("a"), Piece.end()])
        #expect(
            bare.keys == [
                "id", "object", "created_at", "completed_at", "status", "incomplete_details", "model",
                "previous_response_id", "instructions", "output", "error", "tools", "tool_choice", "truncation",
                "parallel_tool_calls", "text", "top_p", "presence_penalty", "frequency_penalty", "top_logprobs",
                "temperature", "reasoning", "usage", "max_output_tokens", "max_tool_calls", "store", "background",
                "service_tier", "metadata", "safety_identifier", "prompt_cache_key", "user",
            ]
        )
        #expect(bare["id"] == .string("resp_1") && bare["object"] == .string("response"))
        for key in ["temperature", "top_p"] { #expect(bare[key] == .number(JSONNumber(1))) }
        #expect(bare["tool_choice"] == .string("auto") && bare["tools"] == .array([]))
        #expect(bare["text"]?.text == #"{"format":{"type":"text"}}"# && bare["metadata"]?.text == "{}")
        #expect(bare["max_output_tokens"] == .null && bare["parallel_tool_calls"] == .bool(true))

        let full = try Self.whole(
            [Piece.text("a"), Piece.end()],
            #","instructions":"i","temperature":0,"top_p":0.5,"max_output_tokens":8,"metadata":{"k":"v"},"truncation":"disabled","reasoning":{"effort":"low"},"text":{"format":{"type":"json_object"}},"tools":[{"type":"function","name":"f","strict":true}],"tool_choice":"none","parallel_tool_calls":false,"user":"u","store":true"#
        )
        #expect(full["instructions"] == .string("i") && full["temperature"] == .number(JSONNumber(0)))
        #expect(full["max_output_tokens"] == .number(JSONNumber(8)) && full["metadata"]?.text == #"{"k":"v"}"#)
        #expect(full["truncation"] == .string("disabled") && full["reasoning"]?.text == #"{"effort":"low"}"#)
        #expect(full["text"]?.text == #"{"format":{"type":"json_object"}}"# && full["tool_choice"] == .string("none"))
        #expect(
            full["tools"]?.text
                == #"[{"type":"function","name":"f","description":null,"strict":true,"parameters":null}]"#
        )
        #expect(full["parallel_tool_calls"] == .bool(false) && full["user"] == .string("u"))
        // It is not kept, whatever was asked for.
        #expect(full["store"] == .bool(false))
    }

    @Test("Thoughts are told a second time only to clients that hand them back")
    func reasoning() throws {
        let events = [Piece.thought("hm"), Piece.text("a"), Piece.end()]
        let plain = try Self.whole(events)["output"]?.array?.first?.object
        #expect(plain?.keys == ["id", "type", "summary"])
        let told = try Self.whole(events, #","include":["reasoning.encrypted_content"]"#)["output"]?.array?.first?
            .object
        #expect(told?["encrypted_content"] == .string("hm"))
    }
}
