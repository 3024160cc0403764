import Domain
import Testing

@testable import Adapters

@Suite("Reading the conversation of a Messages request")
struct ConversationReaderTests {
    private static let pixel = "iVBORw0KGgo="

    /// The conversation of these messages, which are the inside of a JSON array.
    private static func messages(_ messages: String, system: String? = nil) throws -> [ChatMessage] {
        let head = system.map { "\"system\":\($0)," } ?? ""
        let body = "{\"model\":\"m\",\"max_tokens\":9,\(head)\"messages\":[\(messages)]}"
        let object = try #require(try JSONParser.parse(Array(body.utf8)).object)
        return try MessagesRequestReader.read(object).chat.messages
    }

    private static func user(_ blocks: String) -> String { "{\"role\":\"user\",\"content\":[\(blocks)]}" }
    private static func assistant(_ blocks: String) -> String { "{\"role\":\"assistant\",\"content\":[\(blocks)]}" }
    private static func text(_ text: String) -> String { "{\"type\":\"text\",\"text\":\"\(text)\"}" }
    private static let image =
        #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"\#(pixel)"}}"#

    @Test("A text and blocks of text are the same")
    func texts() throws {
        let expected = [try ChatMessage(role: .user, content: "a\nb")]
        #expect(try Self.messages(Self.user("\(Self.text("a")),\(Self.text("b"))")) == expected)
        #expect(try Self.messages(#"{"role":"user","content":"a\nb"}"#) == expected)
    }

    @Test("The system's words come first, whether they are a text or blocks, and may stand between others")
    func system() throws {
        let hi = #"{"role":"user","content":"hi"}"#
        for system in [#""be kind""#, "[\(Self.text("be kind"))]"] {
            let messages = try Self.messages(hi, system: system)
            #expect(messages.map(\.role) == [.system, .user] && messages[0].content == "be kind")
        }
        #expect(try Self.messages(hi, system: "\"\"").map(\.role) == [.user])
        let later = try Self.messages("\(hi),{\"role\":\"system\",\"content\":\"be brief\"},\(hi)")
        #expect(later.map(\.role) == [.user, .system, .user])
    }

    @Test("Neighbours of one role are one message; an answer's parts follow without a gap")
    func neighbours() throws {
        let messages = try Self.messages(
            """
            {"role":"user","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":"c"},
            {"role":"assistant","content":[{"type":"text","text":"d"}]}
            """
        )
        #expect(messages.map(\.role) == [.user, .assistant] && messages.map(\.content) == ["a\nb", "cd"])
    }

    @Test("Pictures belong to their message")
    func images() throws {
        let messages = try Self.messages(Self.user("\(Self.image),\(Self.text("what?"))"))
        let pointer = "/messages/0/content/0/source/data"
        let picture = try ImagePart(mediaType: "image/png", base64: Self.pixel[...], pointer: pointer)
        #expect(messages == [try ChatMessage(role: .user, content: "what?", images: [picture])])
    }

    @Test("A document of plain text is text, below its title")
    func documents() throws {
        let document =
            #"{"type":"document","title":"T","source":{"type":"text","media_type":"text/plain","data":"body"}}"#
        #expect(
            try Self.messages(Self.user("\(document),\(Self.text("sum up"))")).map(\.content) == ["T\nbody\nsum up"]
        )
    }

    @Test("Thoughts come back as thoughts; what only Anthropic can read is left out")
    func thoughts() throws {
        let messages = try Self.messages(
            """
            {"role":"user","content":"q"},
            {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},
            {"type":"redacted_thinking","data":"xyz"},{"type":"text","text":"a"}]},
            {"role":"assistant","content":[{"type":"redacted_thinking","data":"xyz"}]},{"role":"user","content":"r"}
            """
        )
        #expect(messages.map(\.role) == [.user, .assistant, .user])
        #expect(messages[1].thinking == "hm" && messages[1].content == "a")
    }

    @Test("Tools: calls belong to the assistant, results are messages of their own that know the tool's name")
    func tools() throws {
        let messages = try Self.messages(
            """
            {"role":"user","content":"weather?"},
            {"role":"assistant","content":[{"type":"text","text":"I look."},
            {"type":"tool_use","id":"t1","name":"weather","input":{"city":"Paris","n":1.0}},
            {"type":"tool_use","id":"t2","name":"clock","input":{}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"sunny"},
            {"type":"tool_result","tool_use_id":"t2","is_error":true,"content":[{"type":"text","text":"no clock"}]},
            {"type":"tool_result","tool_use_id":"t9"},{"type":"text","text":"and?"}]}
            """
        )
        #expect(messages.map(\.role) == [.user, .assistant, .tool, .tool, .tool, .user])
        #expect(
            messages[1].toolCalls == [
                ToolCall(id: "t1", name: "weather", arguments: #"{"city":"Paris","n":1.0}"#),
                ToolCall(id: "t2", name: "clock", arguments: "{}"),
            ]
        )
        #expect(messages[1].content == "I look.")
        #expect(messages[2] == (try ChatMessage(role: .tool, content: "sunny", toolCallID: "t1", toolName: "weather")))
        #expect(messages[3].content == "The tool failed.\nno clock" && messages[3].toolName == "clock")
        #expect(messages[4].content.isEmpty && messages[4].toolCallID == "t9" && messages[4].toolName == nil)
        #expect(messages[5].content == "and?")
    }

    @Test("A tool's pictures are shown by the user, after all results")
    func toolImages() throws {
        let messages = try Self.messages(
            Self.user(
                """
                \(Self.text("look")),{"type":"tool_result","tool_use_id":"t1","content":[\(Self.image),\(Self.text("shot"))]},
                {"type":"tool_result","tool_use_id":"t2","content":"b"}
                """
            )
        )
        #expect(messages.map(\.role) == [.tool, .tool, .user])
        #expect(messages.map(\.content) == ["shot", "b", "look"] && messages[2].images.count == 1)
    }

    /// Messages with a fault.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let messages: String
        let pointer: String
        let code: ServiceError.Code
        var testDescription: String { self.messages }

        init(_ messages: String, _ pointer: String, _ code: ServiceError.Code = .invalidRequest) {
            self.messages = messages
            self.pointer = pointer
            self.code = code
        }
    }

    @Test(
        "A fault is told with its place and its code",
        arguments: [
            Wrong(#"{"content":"x"}"#, "/messages/0/role"),
            Wrong(#"{"role":"tool","content":"x"}"#, "/messages/0/role"),
            Wrong(#"{"role":"user"}"#, "/messages/0/content"),
            Wrong(#"{"role":"user","content":7}"#, "/messages/0/content"),
            Wrong(user("7"), "/messages/0/content/0"), Wrong(user("{}"), "/messages/0/content/0/type"),
            Wrong(user(#"{"type":"text"}"#), "/messages/0/content/0/text"),
            Wrong(user(#"{"type":"video"}"#), "/messages/0/content/0/type", .unsupportedField),
            Wrong(
                assistant(#"{"type":"server_tool_use","id":"s","name":"web_search","input":{}}"#),
                "/messages/0/content/0/type",
                .unsupportedField
            ),
            Wrong(assistant(image), "/messages/0/content/0/type"),
            Wrong(user(#"{"type":"tool_use","id":"a","name":"b","input":{}}"#), "/messages/0/content/0/type"),
            Wrong(user(#"{"type":"image"}"#), "/messages/0/content/0/source"),
            Wrong(
                user(#"{"type":"image","source":{"type":"file","file_id":"f"}}"#),
                "/messages/0/content/0/source/type",
                .unsupportedField
            ),
            Wrong(
                user(#"{"type":"image","source":{"type":"base64","data":"\#(pixel)"}}"#),
                "/messages/0/content/0/source/media_type"
            ),
            Wrong(
                user(#"{"type":"image","source":{"type":"base64","media_type":"text/plain","data":"QUJD"}}"#),
                "/messages/0/content/0/source/data",
                .invalidImage
            ),
            Wrong(
                user(#"{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"x"}}"#),
                "/messages/0/content/0/source/type",
                .unsupportedField
            ),
            Wrong(assistant(#"{"type":"tool_use","id":"a","name":"b"}"#), "/messages/0/content/0/input"),
            Wrong(assistant(#"{"type":"tool_use","id":"a","name":"b","input":"{}"}"#), "/messages/0/content/0/input"),
            Wrong(assistant(#"{"type":"tool_use","name":"b","input":{}}"#), "/messages/0/content/0/id"),
            Wrong(user(#"{"type":"tool_result","content":"x"}"#), "/messages/0/content/0/tool_use_id"),
            Wrong(
                user(#"{"type":"tool_result","tool_use_id":"a","content":[{"type":"tool_result"}]}"#),
                "/messages/0/content/0/content/0/type"
            ),
            Wrong(
                user(#"{"type":"tool_result","tool_use_id":"a","is_error":"no"}"#),
                "/messages/0/content/0/is_error"
            ),
            Wrong(assistant(#"{"type":"redacted_thinking","data":"x"}"#), "/messages"),
            Wrong(user(text("")), "/messages"),
        ]
    )
    func faults(wrong: Wrong) throws {
        let error = #expect(throws: ServiceError.self) { try Self.messages(wrong.messages) }
        #expect(error?.faults.map(\.pointer) == [wrong.pointer], "\(String(describing: error))")
        #expect(error?.code == wrong.code)
    }
}
