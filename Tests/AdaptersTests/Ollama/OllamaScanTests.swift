import Application
import Domain
import Testing

@testable import Adapters

@Suite("What is read of a request in Ollama's words")
struct OllamaScanTests {
    private static func scan(_ text: String) throws -> OllamaScan {
        try OllamaScan(Array(text.utf8), type: "ChatRequest")
    }

    @Test("Model, stream, options, pictures and the prompt's length are found wherever they stand")
    func found() throws {
        let scan = try Self.scan(
            #"""
            {"messages":[{"role":"user","content":"h\u00e9llo","images":["aGk="]},{"content":"x","other":{"images":[1]}}],
             "options":{"num_ctx":2048,"num_predict":7,"num_gpu":1,"temperature":0.5},"keep_alive":"10m",
             "stream":false,"model":"SmolLM2:135m","unknown":[{"model":"no"}]}
            """#
        )
        #expect(scan.model == "SmolLM2:135m")
        #expect(
            !scan.isStreamed && scan.pictures.map(\.pointer) == ["/messages/0/images/0"] && !scan.isEmpty
                && !scan.unloads
        )
        #expect(scan.options.contextLength == 2048 && scan.options.maxTokens == 7)
        #expect(scan.options.keepAlive == .duration("10m"))
        #expect(scan.runnerOptions == ["num_gpu"])
        #expect(scan.promptBytes == #"h\u00e9llo"#.utf8.count + 1)
    }

    @Test("What is left out means what it means to Ollama", arguments: ["{}", #"{"stream":null,"options":null}"#])
    func defaults(_ text: String) throws {
        let scan = try Self.scan(text)
        #expect(scan.model.isEmpty && scan.isStreamed && scan.isEmpty && scan.pictures.isEmpty)
        #expect(scan.options == GenerationOptions())
    }

    @Test(
        "A request without a prompt loads a model, or unloads it",
        arguments: [
            (#"{"model":"a","keep_alive":0}"#, true, true), (#"{"model":"a","keep_alive":"0s"}"#, true, true),
            (#"{"model":"a","prompt":""}"#, true, false), (#"{"model":"a","messages":[]}"#, true, false),
            (#"{"model":"a","system":"x","keep_alive":0}"#, true, true),
            (#"{"model":"a","prompt":"x","keep_alive":0}"#, false, false),
            (#"{"model":"a","messages":[{}],"keep_alive":0}"#, false, false),
            (#"{"model":"a","images":["x"],"keep_alive":0}"#, false, false),
        ]
    )
    func empty(_ text: String, isEmpty: Bool, unloads: Bool) throws {
        let scan = try Self.scan(text)
        #expect(scan.isEmpty == isEmpty && scan.unloads == unloads)
    }

    @Test("A field of a wrong type is left to the engine, which says so in its own words")
    func wrongTypes() throws {
        let scan = try Self.scan(
            #"{"model":"a","stream":1,"prompt":5,"messages":{},"images":"x","options":[],"keep_alive":{},"input":{}}"#
        )
        #expect(scan.model == "a" && scan.isStreamed && scan.isEmpty)
    }

    @Test(
        "What is not a request is refused in Ollama's words",
        arguments: [
            ("", "missing request body"), (#"{"model":"a""#, "unexpected EOF"), ("{", "unexpected EOF"),
            ("[1]", "json: cannot unmarshal array into Go value of type api.ChatRequest"),
            (#"{"model":5}"#, "json: cannot unmarshal number into Go struct field ChatRequest.model of type string"),
        ]
    )
    func refused(_ text: String, words: String) {
        let error = #expect(throws: ServiceError.self) { try Self.scan(text) }
        #expect(error?.code == .invalidRequest && error?.message == words)
    }

    @Test("A model is checked in the order and the words of its route")
    func models() throws {
        #expect(throws: ServiceError(.invalidRequest, "model is required")) { try OllamaOperation.chat.model("") }
        #expect(throws: ServiceError(.invalidModel, "invalid model name")) { try OllamaOperation.chat.model("a b") }
        for (operation, text) in [
            (OllamaOperation.generate, "model '' not found"),
            (.embed, #"model "" not found, try pulling it first"#),
        ] {
            let error = #expect(throws: ServiceError.self) { try operation.model("") }
            #expect(error?.code == .modelNotFound && error?.message == text)
        }
        let cloud = #expect(throws: ServiceError.self) { try OllamaOperation.chat.model("gpt-oss:120b-cloud") }
        #expect(cloud?.code == .forbidden)
    }
}
