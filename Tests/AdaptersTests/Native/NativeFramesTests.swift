import Domain
import NIOCore
import Testing

@testable import Adapters

@Suite("Native frames")
struct NativeFramesTests {
    private static let frames = NativeFrames(
        model: "smoll\"m2\\",
        requestID: RequestID(generated: "id-1")
    )

    private static func frame(_ event: GenerationEvent) throws -> JSONObject {
        var buffer = ByteBuffer()
        self.frames.append(event, to: &buffer)
        let objects = try ParsedFrames.objects(buffer)
        #expect(objects.count == 1)
        let frame = try #require(objects.first)
        #expect(frame["model"] == .string("smoll\"m2\\") && frame["request_id"] == .string("id-1"))
        #expect(frame["role"] == .string("assistant") && frame["done"] == .bool(false))
        return frame
    }

    @Test(
        "A token's text is passed on as it came, escapes included",
        arguments: [
            "Paris", "", "a\"b\\c\n\r\t\u{0}", "é👋世界", "</script>", "\u{2028}\u{2029}", "data: x\n\n",
        ]
    )
    func text(text: String) throws {
        let frame = try Self.frame(.text(JSONText(text)))
        #expect(frame["chunk"] == .string(text))
        #expect(frame.keys == ["chunk", "role", "done", "model", "request_id"])
    }

    @Test("Thoughts, tool calls and probabilities have members of their own and an empty chunk")
    func others() throws {
        let thinking = try Self.frame(.thinking(JSONText("hm \"so\"")))
        #expect(thinking["thinking"] == .string("hm \"so\"") && thinking["chunk"] == .string(""))

        let calls = try Self.frame(.toolCalls([ToolCall(id: "c", name: "f", arguments: #"{"x":"y"}"#)]))
        let call = calls["tool_calls"]?.array?.first?.object
        #expect(call?["id"] == .string("c") && call?["type"] == .string("function"))
        #expect(call?["function"]?.object?["arguments"] == .string(#"{"x":"y"}"#))

        let logprobs = try Self.frame(.logprobs(Array(#"{"token":"a"},{"token":"b"}"#.utf8)[...]))
        #expect(logprobs["logprobs"]?.array?.count == 2)
    }

    @Test("A failure is a last frame with its code twice and no metrics")
    func failure() throws {
        var buffer = ByteBuffer()
        let error = ServiceError(.engineTimeout, "too \"slow\"")
        NativeFrames.appendFailure(error, requestID: RequestID(generated: "id-1"), to: &buffer)
        let frame = try #require(try ParsedFrames.objects(buffer).first)
        #expect(frame.keys == ["chunk", "done", "error", "code", "error_type", "request_id"])
        #expect(frame["done"] == .bool(true) && frame["error"] == .string("too \"slow\""))
        #expect(frame["code"] == .string("engine_timeout") && frame["error_type"] == frame["code"])
    }

    @Test("Frames follow one another in one buffer")
    func several() throws {
        var buffer = ByteBuffer()
        for text in ["a", "b", "c"] { Self.frames.append(.text(JSONText(text)), to: &buffer) }
        #expect(try ParsedFrames.objects(buffer).map { $0["chunk"]?.string } == ["a", "b", "c"])
    }
}
