import Application
import Domain

extension Benchmark {
    /// A request's way in, and on to an engine.
    static var ofRequests: [Benchmark] {
        [
            Benchmark("ollama-request-read") {
                { try OllamaScan(Inputs.ollamaChat, type: "ChatRequest").promptBytes }
            },
            Benchmark("openai-request-read") {
                {
                    guard let body = try JSONParser.parse(Inputs.openAIChat).object else { return 0 }
                    return try OpenAIChatReader.read(body).request.messages.count
                }
            },
            Benchmark("engine-request-write") {
                guard let body = try JSONParser.parse(Inputs.openAIChat).object else { throw NoObject() }
                let request = EngineRequest(
                    work: .chat(try OpenAIChatReader.read(body).request),
                    model: "llama3.2:3b",
                    isLoaded: true,
                    loadedContext: 8192,
                    requestID: RequestID(generated: "0b1f6a5c9d7e4f3a8b2c1d0e5f6a7b8c")
                )
                return { OllamaRequestEncoder(request: request).body(truncates: false).count }
            },
        ]
    }

    private struct NoObject: Error {}
}
