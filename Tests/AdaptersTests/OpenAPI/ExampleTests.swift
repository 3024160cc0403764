import Domain
import Testing

@testable import Adapters

@Suite("Examples in the description of the API")
struct ExampleTests {
    /// What reads the body of an operation.
    private static let readers: [String: @Sendable (JSONObject) throws -> Void] = [
        "generate": { _ = try NativeRequestReader.generate($0) },
        "chat": { _ = try NativeRequestReader.chat($0) },
        "vlm": { _ = try NativeRequestReader.vlm($0) },
        "vlmOpenAI": { _ = try OpenAIChatReader.vlm($0) },
        "embeddings": { _ = try NativeRequestReader.embeddings($0) },
        "ollamaGenerate": { _ = try OllamaScan(Array(JSONValue.object($0).text.utf8), type: "GenerateRequest") },
        "ollamaChat": { _ = try OllamaScan(Array(JSONValue.object($0).text.utf8), type: "ChatRequest") },
        "ollamaEmbed": { _ = try OllamaScan(Array(JSONValue.object($0).text.utf8), type: "EmbedRequest") },
        "ollamaEmbeddings": { _ = try OllamaScan(Array(JSONValue.object($0).text.utf8), type: "EmbeddingRequest") },
        "createChatCompletion": { _ = try OpenAIChatReader.read($0) },
        "nativeCreateChatCompletion": { _ = try OpenAIChatReader.read($0) },
        "createCompletion": { _ = try OpenAICompletionReader.read($0) },
        "createEmbedding": { _ = try OpenAIEmbeddingsReader.read($0) },
        "createResponse": { _ = try ResponsesReader.read($0) },
        "pullModel": { _ = try NativeModelOrders.pull($0) },
        "createModel": { _ = try NativeModelOrders.create($0) },
        "copyModel": { _ = try NativeModelOrders.destination($0) },
        "createMessage": { _ = try MessagesRequestReader.read($0) },
        "countTokens": { _ = try MessagesRequestReader.countable($0) },
    ]

    @Test("Every example follows its schema, and its reader takes it")
    func examples() throws {
        let api = try DescribedAPI()
        var read: Set<String> = []
        for (_, _, operation) in api.operations {
            let id = operation["operationId"]?.string ?? ""
            let media = operation["requestBody"]?.object?["content"]?.object?["application/json"]?.object
            guard let media else { continue }
            let schema = try api.bodySchema(of: operation)
            let examples = media["examples"]?.object?.members ?? []
            #expect(!examples.isEmpty, "\(id)")
            for example in examples {
                let body = try #require(example.value.object?["value"], "\(id) \(example.key)")
                #expect(schema.validate(body) == [], "\(id) \(example.key)")
                guard let reader = Self.readers[id] else { continue }
                read.insert(id)
                #expect(throws: Never.self, "\(id) \(example.key)") { try reader(body.object ?? [:]) }
            }
        }
        #expect(read == Set(Self.readers.keys))
    }

    @Test(
        "What the schema does not allow the reader refuses",
        arguments: [
            ("generate", #"{}"#), ("generate", #"{"prompt": "  "}"#),
            ("generate", #"{"prompt": "a", "temperature": 2.1}"#),
            ("generate", #"{"prompt": "a", "top_k": 0}"#), ("generate", #"{"prompt": "a", "promt": "b"}"#),
            (
                "generate",
                #"{"prompt": "a", "stop": ["1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17"]}"#
            ),
            ("generate", #"{"prompt": "a", "think": "much"}"#), ("generate", #"{"prompt": "a", "keep_alive": "soon"}"#),
            ("generate", #"{"prompt": "a", "format": "yaml"}"#), ("generate", #"{"prompt": "a", "top_logprobs": 21}"#),
            ("chat", #"{"messages": []}"#), ("chat", #"{"messages": [{"role": "king", "content": "a"}]}"#),
            ("chat", #"{"messages": [{"role": "user", "content": "a"}], "tools": [{"function": {"name": "a b"}}]}"#),
            ("vlm", #"{"messages": [{"role": "user", "content": "a"}], "max_dimension": 255}"#),
            ("vlm", #"{"messages": [{"role": "user", "content": "a"}], "compression_format": "gif"}"#),
            (
                "vlmOpenAI",
                #"{"model": "m", "messages": [{"role": "user", "content": "a"}], "image_compression": "no"}"#
            ),
            ("embeddings", #"{}"#), ("embeddings", #"{"input": "a", "prompt": "b"}"#),
            ("embeddings", #"{"input": "a", "dimensions": 65537}"#),
            ("ollamaGenerate", #"{"model": 1}"#),
            ("createChatCompletion", #"{"messages": [{"role": "user", "content": "a"}]}"#),
            ("createChatCompletion", #"{"model": "m", "messages": [{"role": "user", "content": "a"}], "n": 17}"#),
            (
                "createChatCompletion",
                #"{"model": "m", "messages": [{"role": "user", "content": [{"type": "audio"}]}]}"#
            ),
            (
                "createChatCompletion",
                #"{"model": "m", "messages": [{"role": "user", "content": "a"}], "logit_bias": {"1": 2}}"#
            ),
            ("createCompletion", #"{"model": "m", "prompt": ["a", "b"]}"#),
            ("createCompletion", #"{"model": "m", "prompt": "a", "suffix": "b"}"#),
            ("createEmbedding", #"{"model": "m", "input": "a", "encoding_format": "hex"}"#),
            ("createResponse", #"{"model": "m"}"#), ("createResponse", #"{"model": "m", "input": []}"#),
            ("createResponse", #"{"model": "m", "input": "a", "truncation": "some"}"#),
            ("pullModel", #"{}"#), ("pullModel", #"{"model": "m", "fast": true}"#), ("createModel", #"{"model": "m"}"#),
            ("copyModel", #"{"to": "m"}"#),
            ("createMessage", #"{"model": "m", "messages": [{"role": "user", "content": "a"}]}"#),
            (
                "createMessage",
                #"{"model": "m", "max_tokens": 1, "temperature": 1.5, "messages": [{"role": "user", "content": "a"}]}"#
            ),
            ("countTokens", #"{"model": "m", "messages": [{"role": "tool", "content": "a"}]}"#),
        ]
    )
    func wrong(id: String, text: String) throws {
        let body = try JSONParser.parse(Array(text.utf8))
        let api = try DescribedAPI()
        #expect(try api.bodySchema(of: api.operation(id)).validate(body) != [])
        let reader = try #require(Self.readers[id])
        #expect(throws: ServiceError.self) { try reader(body.object ?? [:]) }
    }
}
