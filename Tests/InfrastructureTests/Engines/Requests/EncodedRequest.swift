import Application
import Domain

/// Requests for the tests of both encoders.
enum EncodedRequest {
    static func make(_ work: EngineWork, context: Int? = nil) -> EngineRequest {
        EngineRequest(
            work: work,
            model: "smollm2:latest",
            isLoaded: context != nil,
            loadedContext: context,
            requestID: RequestID(generated: "id")
        )
    }

    static func generate(
        _ options: GenerationOptions = .init(),
        system: String? = nil,
        context: Int? = nil
    ) throws -> EngineRequest {
        let request = GenerationRequest(
            model: nil,
            prompt: try Prompt("say \"hi\"\n"),
            system: try system.map { try SystemMessage($0) },
            options: options
        )
        return self.make(.generate(request), context: context)
    }

    static func chat(
        _ messages: [ChatMessage]? = nil,
        tools: [Tool] = [],
        options: GenerationOptions = .init()
    ) throws -> EngineRequest {
        let request = try ChatRequest(
            model: nil,
            messages: try messages ?? [ChatMessage(role: .user, content: "hi")],
            tools: tools,
            options: options
        )
        return self.make(.chat(request))
    }

    /// Every option, most at values that a careless program takes for "not set".
    static var all: GenerationOptions {
        var options = GenerationOptions()
        options.temperature = 0
        options.topP = 0
        options.topK = 1
        options.minP = 0
        options.maxTokens = 7
        options.seed = 0
        options.stop = []
        options.repeatPenalty = 0
        options.presencePenalty = 0
        options.frequencyPenalty = -0.5
        options.contextLength = 2048
        options.keepAlive = .seconds(0)
        options.think = .enabled(false)
        options.logprobs = false
        options.topLogprobs = 0
        return options
    }

    static func conversation() throws -> [ChatMessage] {
        let call = ToolCall(id: "call_1", name: "f", arguments: #"{"b":1,"a":[]}"#)
        return [
            try ChatMessage(role: .system, content: "be brief"),
            try ChatMessage(role: .assistant, content: "", thinking: "hm", toolCalls: [call]),
            try ChatMessage(role: .tool, content: "42", toolCallID: "call_1", toolName: "f"),
        ]
    }

    static func tool() throws -> Tool {
        try Tool(name: "f", description: "does", parameters: ["type": .string("object"), "x-order": .array([])])
    }
}
