import Domain
import Testing

@testable import Adapters

@Suite("Reading completions and embeddings")
struct OpenAICompletionReaderTests {
    private static func completion(_ members: String) throws -> OpenAIReading<GenerationRequest> {
        try OpenAICompletionReader.read(parsedBody(#"{"model":"m","prompt":"hi",\#(members)}"#))
    }

    @Test("A completion's own fields are read")
    func completions() throws {
        let read = try Self.completion(#""echo":true,"logprobs":3,"n":2,"user":"u","best_of":2,"suffix":"""#)
        #expect(read.echo == "hi" && read.choices == 2 && read.ignored == ["user"])
        #expect(read.request.options.logprobs == true && read.request.options.topLogprobs == 3)
        #expect(try Self.completion(#""echo":false"#).echo == nil)
        let one = try OpenAICompletionReader.read(parsedBody(#"{"model":"m","prompt":["hi"]}"#))
        #expect(one.request.prompt.text == "hi")
    }

    @Test(
        "A completion's fault is named",
        arguments: [
            FieldCase(#""logprobs":21"#, "/logprobs"), FieldCase(#""logprobs":true"#, "/logprobs"),
            FieldCase(#""max_tokens":0"#, "/max_tokens"), FieldCase(#""echo":1"#, "/echo"),
            FieldCase(#""suffix":"x""#, "/suffix", .unsupportedField),
            FieldCase(#""best_of":2"#, "/best_of", .unsupportedField),
            FieldCase(#""logit_bias":{"1":1}"#, "/logit_bias", .unsupportedField),
        ]
    )
    func completionFaults(fault: FieldCase) {
        fault.check { try Self.completion(fault.member) }
    }

    @Test(
        "What is no single text is no prompt",
        arguments: [
            FieldCase(#""prompt":["a","b"]"#, "/prompt", .unsupportedField),
            FieldCase(#""prompt":[1,2]"#, "/prompt", .unsupportedField),
            FieldCase(#""prompt":1"#, "/prompt"), FieldCase(#""echo":true"#, "/prompt"),
            FieldCase(#""prompt":" ""#, "/prompt", .invalidPrompt),
        ]
    )
    func prompts(fault: FieldCase) {
        fault.check { try OpenAICompletionReader.read(parsedBody(#"{"model":"m",\#(fault.member)}"#)) }
    }

    private static func embeddings(_ members: String) throws -> OpenAIEmbeddingsReader {
        try OpenAIEmbeddingsReader.read(parsedBody(#"{"model":"m",\#(members)}"#))
    }

    @Test("Texts to be turned into vectors come alone or in a list")
    func inputs() throws {
        #expect(try Self.embeddings(#""input":"a""#).request.inputs == ["a"])
        let read = try Self.embeddings(#""input":["a","b"],"encoding_format":"base64","dimensions":4,"user":"u""#)
        #expect(read.request.inputs == ["a", "b"] && read.isBase64 && read.request.dimensions == 4)
        #expect(read.ignored == ["user"])
        #expect(try !Self.embeddings(#""input":"a","encoding_format":"float""#).isBase64)
    }

    @Test(
        "An embedding's fault is named",
        arguments: [
            FieldCase(#""dimensions":4"#, "/input"), FieldCase(#""input":1"#, "/input"),
            FieldCase(#""input":[1,2]"#, "/input", .unsupportedField),
            FieldCase(#""input":[[1,2]]"#, "/input", .unsupportedField),
            FieldCase(#""input":"a","encoding_format":"hex""#, "/encoding_format"),
            FieldCase(#""input":"a","dimensions":0"#, "/dimensions"),
        ]
    )
    func embeddingFaults(fault: FieldCase) {
        fault.check { try Self.embeddings(fault.member) }
    }

    @Test("A vector as Base64 is what Ollama's own interface answers for the same numbers")
    func base64() {
        let vector = Array("[-0.4766627,0.45383814,-0.60440093,0.44891334]".utf8)
        #expect(OpenAIEmbeddingsForm.base64(vector) == "Ig30vnld6D4Fuhq/+NflPg==")
        #expect(
            OpenAIEmbeddingsForm.base64(Array("[-0.43246332,0.27346948,-0.79979086,0.3138861]".utf8))
                == "1WvdvjEEjD4Yv0y/rrWgPg=="
        )
        #expect(OpenAIEmbeddingsForm.base64(Array("[0,1,-2e0]".utf8)) == "AAAAAAAAgD8AAADA")
    }
}
