import Application
import Domain
import Testing

@testable import Adapters

@Suite("Ollama's words for an engine that speaks another dialect")
struct OllamaRequestReaderTests {
    private static func read(_ operation: OllamaOperation, _ text: String) throws -> OllamaRequestReader {
        let bytes = Array(text.utf8)
        let scan = try OllamaScan(bytes, type: operation.typeName)
        let request = RelayedRequest(
            operation.operation,
            path: operation.path,
            body: bytes,
            isStreamed: scan.isStreamed,
            options: scan.options,
            promptBytes: scan.promptBytes,
            pictures: scan.pictures
        )
        return try OllamaRequestReader.read(request, operation)
    }

    @Test("A conversation keeps its tools, their calls and results, its pictures and thoughts")
    func chat() throws {
        let read = try Self.read(
            .chat,
            #"""
            {"model":"SmolLM2","messages":[
              {"role":"system","content":"s"},{"role":"user","content":"u","images":["iVBORw0KGgo="]},
              {"role":"assistant","content":"","thinking":"t","tool_calls":[
                {"id":"c1","function":{"index":0,"name":"f","arguments":{"a":1}}}]},
              {"role":"tool","tool_name":"f","tool_call_id":"c1","content":"r"},{"role":"stranger","content":"x"}],
             "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],
             "think":"high","format":"json","logprobs":true,"top_logprobs":2,"truncate":false,
             "options":{"temperature":0,"top_k":0,"num_predict":9,"stop":"END","seed":0,"unknown":1}}
            """#
        )
        guard case .chat(let chat)? = read.work else {
            Issue.record("no conversation")
            return
        }
        #expect(read.model == "SmolLM2")
        #expect(chat.messages.map(\.role) == [.system, .user, .assistant, .tool, .user])
        #expect(chat.messages[1].images.map(\.jsonDataURL.decoded) == ["data:image/png;base64,iVBORw0KGgo="])
        #expect(chat.messages[2].toolCalls == [ToolCall(id: "c1", name: "f", arguments: #"{"a":1}"#)])
        #expect(chat.messages[2].thinking == "t" && chat.messages[3].toolName == "f")
        #expect(chat.tools.map(\.name) == ["f"])
        let options = chat.options
        #expect(options.temperature == 0 && options.topK == 0 && options.seed == 0 && options.maxTokens == 9)
        #expect(options.stop == ["END"] && options.think == .level(.high) && options.format == .json)
        #expect(options.logprobs == true && options.topLogprobs == 2 && options.truncate == false)
    }

    @Test("A prompt with pictures becomes a conversation, the only thing that can hold them there")
    func pictures() throws {
        let read = try Self.read(.generate, #"{"model":"a","prompt":"p","system":"s","images":["/9j/4AAQ"]}"#)
        guard case .chat(let chat)? = read.work else {
            Issue.record("no conversation")
            return
        }
        #expect(chat.messages.map(\.role) == [.system, .user])
        #expect(chat.messages[1].images.map(\.jsonDataURL.decoded) == ["data:image/jpeg;base64,/9j/4AAQ"])
    }

    @Test(
        "Where there is nothing to be answered there is no work",
        arguments: [
            (OllamaOperation.generate, #"{"model":"a"}"#, "load"),
            (.chat, #"{"model":"a","messages":[],"keep_alive":0}"#, "unload"),
            (.embed, #"{"model":"a","input":[""]}"#, "load"), (.embeddings, #"{"model":"a"}"#, "load"),
        ]
    )
    func nothing(_ operation: OllamaOperation, _ text: String, reason: String) throws {
        let read = try Self.read(operation, text)
        #expect(read.work == nil && read.reason == reason)
    }

    @Test(
        "What only an Ollama can do is refused by name",
        arguments: [
            #"{"model":"a","prompt":"p","raw":true}"#, #"{"model":"a","prompt":"p","context":[1]}"#,
            #"{"model":"a","prompt":"p","suffix":"s"}"#, #"{"model":"a","prompt":"p","template":"t"}"#,
        ]
    )
    func unsupported(_ text: String) {
        let error = #expect(throws: ServiceError.self) { try Self.read(.generate, text) }
        #expect(error?.code == .notSupportedByEngine)
    }

    @Test("What is wrong is told with its place")
    func wrong() {
        let error = #expect(throws: ServiceError.self) {
            try Self.read(.chat, #"{"model":"a","messages":[{"role":"user","content":5}],"format":"yaml"}"#)
        }
        #expect(error?.faults.map(\.pointer) == ["/messages/0/content", "/format"])
    }
}
