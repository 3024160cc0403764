import AsyncHTTPClient
import OllamaTestDouble
import Testing

@testable import SharedOllamaClient

@Suite("An Ollama that is called directly answers")
struct DirectAnswerTests {
    private struct Person: Decodable {
        let name: String
        let age: Int
    }

    @Test("a conversation, whole and streamed, with its figures")
    func chat() async throws {
        try await DirectStage.run({ $0.profile = .init(text: "The sky is blue.") }) { client, ollama, _ in
            let answer = try await client.chat(ChatRequest(model: "smollm2", "Why?"))
            #expect(answer.text == "The sky is blue." && answer.model == "smollm2" && answer.doneReason == "stop")
            #expect(answer.usage.promptTokens > 0 && answer.usage.completionTokens > 0)
            #expect(answer.timings.total != nil && answer.timings.queueWait == nil && answer.warnings.isEmpty)
            var (text, ends): (String, [ModelAnswer]) = ("", [])
            for try await event in client.chatStream(ChatRequest(model: "smollm2", "Why?")) {
                if case .done(let answer) = event { ends.append(answer) }
                text += event.text
            }
            #expect(text == "The sky is blue." && ends.map(\.text) == [text])
            #expect(ends.first?.usage == answer.usage)
            #expect(ollama.counts.earlyCloses.isEmpty)
        }
    }

    @Test("a prompt, whole and streamed")
    func generate() async throws {
        try await DirectStage.run({ $0.profile = .init(text: "One two three.") }) { client, ollama, _ in
            let request = GenerateRequest(model: "smollm2", prompt: "Count", system: "Be brief.")
            #expect(try await client.generate(request).text == "One two three.")
            var text = ""
            for try await event in client.generateStream(request) { text += event.text }
            #expect(text == "One two three.")
            #expect(ollama.counts.requests("POST /api/generate") == 2)
            #expect(ollama.requests.last?.bodyText.contains("Be brief.") == true)
        }
    }

    @Test("with calls of tools, whole and streamed, whose results go back", arguments: [false, true])
    func tools(isStreamed: Bool) async throws {
        try await DirectStage.run { client, ollama, _ in
            ollama.setProfile(GenerationProfile(callsTools: true), model: "smollm2-tools")
            var request = ChatRequest(
                model: "smollm2-tools",
                messages: [.user("Weather in Oslo?")],
                tools: [weatherTool]
            )
            let asked = try await isStreamed ? client.last(client.chatStream(request)) : client.chat(request)
            let call = try #require(asked.toolCalls.first)
            #expect(call.name == "get_weather" && call.arguments["city"]?.string != nil, "\(call)")
            request.messages += [asked.message, .tool("Sunny.", answering: call)]
            ollama.setProfile(GenerationProfile(text: "It is sunny."), model: "smollm2-tools")
            #expect(try await client.chat(request).text == "It is sunny.")
        }
    }

    @Test("in a format that is read as a type")
    func format() async throws {
        try await DirectStage.run { client, _, _ in
            let options = GenerationOptions { $0.format = .schema(personSchema) }
            let answer = try await client.chat(ChatRequest(model: "smollm2", "A person?", options: options))
            let person = try answer.decoded(as: Person.self)
            #expect(!person.name.isEmpty && person.age == person.age)
            let error = #expect(throws: SharedOllamaError.self) { try answer.decoded(as: [Int].self) }
            #expect(error?.code == .invalidOutput && error?.requestID == answer.requestID)
        }
    }

    @Test("with thoughts before the text")
    func thinking() async throws {
        try await DirectStage.run { client, _, _ in
            let request = ChatRequest(model: "smollm2-think", "Think!", options: .init { $0.think = .on })
            let answer = try await client.chat(request)
            #expect(answer.message.thinking?.isEmpty == false && !answer.text.isEmpty)
            var kinds: [String] = []
            for try await event in client.chatStream(request) {
                switch event {
                case .thinking: if kinds.last != "thinking" { kinds.append("thinking") }
                case .text: if kinds.last != "text" { kinds.append("text") }
                case .done(let whole): #expect(whole.message == answer.message)
                default: Issue.record("\(event)")
                }
            }
            #expect(kinds == ["thinking", "text"])
        }
    }

    @Test("about a picture")
    func picture() async throws {
        try await DirectStage.run { client, ollama, _ in
            let image: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0x00]
            let request = ChatRequest(model: "smollm2-vision", messages: [.user("What is it?", images: [image])])
            _ = try? await client.chat(request)
            #expect(ollama.requests.last?.bodyText.contains(#""images":["/9j/4AA="]"#) == true)
        }
    }

    @Test("with vectors")
    func embed() async throws {
        try await DirectStage.run { client, _, _ in
            let request = EmbedRequest(model: "all-minilm", ["a", "b"])
            let answer = try await client.embed(request)
            #expect(answer.vectors.count == 2 && answer.vectors.allSatisfy { $0.count == 384 })
            #expect(answer.model == "all-minilm" && answer.promptTokens > 0)
        }
    }

    @Test("with the list of its models")
    func models() async throws {
        try await DirectStage.run { client, _, _ in
            let models = try await client.models()
            let model = try #require(models.first { $0.name == "smollm2:latest" })
            #expect(model.size > 0 && model.capabilities.contains("completion") && model.engines.isEmpty)
            #expect(!model.digest.isEmpty && !model.modifiedAt.isEmpty)
        }
    }

    @Test("every call with an id of its own, or the caller's")
    func requestID() async throws {
        try await DirectStage.run { client, ollama, _ in
            let first = try await client.chat(ChatRequest(model: "smollm2", "a"))
            let second = try await client.chat(ChatRequest(model: "smollm2", "a"))
            let named = try await client.chat(ChatRequest(model: "smollm2", "a"), .init(requestID: "mine"))
            let stream = client.chatStream(ChatRequest(model: "smollm2", "a"))
            let last = try await client.last(stream)
            let ids = [first.requestID, second.requestID, named.requestID, stream.requestID]
            #expect(Set(ids).count == 4 && named.requestID == "mine" && last.requestID == stream.requestID)
            #expect(ollama.requests.compactMap { $0.header("X-Request-ID") } == ids)
        }
    }

    @Test("to a caller on the main actor as well")
    func mainActor() async throws {
        try await DirectStage.run({ $0.profile = .init(tokenCount: 5) }) { client, _, _ in
            let count = try await Self.piecesOnTheMainActor(client)
            #expect(count > 0)
        }
    }

    @MainActor
    private static func piecesOnTheMainActor(_ client: SharedOllamaClient) async throws -> Int {
        var count = 0
        for try await event in client.chatStream(ChatRequest(model: "smollm2", "a")) where !event.text.isEmpty {
            MainActor.assertIsolated()
            count += 1
        }
        return count
    }

    @Test("over connections that are used again")
    func pool() async throws {
        try await DirectStage.run { client, ollama, _ in
            for number in 0..<10 {
                let request = ChatRequest(model: "smollm2", "a")
                _ = try await number % 2 == 0 ? client.chat(request) : client.last(client.chatStream(request))
            }
            #expect(ollama.counts.connectionsAccepted == 1)
        }
    }

    @Test("over an HTTP client of the caller's, which is left to the caller")
    func ownHTTPClient() async throws {
        try await DirectStage.run { _, ollama, _ in
            let http = HTTPClient(eventLoopGroupProvider: .singleton)
            for _ in 0..<2 {
                let client = SharedOllamaClient(.direct(ollama.url), http: http)
                _ = try await client.chat(ChatRequest(model: "smollm2", "a"))
                await client.shutdown()
            }
            #expect(ollama.counts.connectionsAccepted == 1)
            try await http.shutdown()
        }
    }

    @Test("never to more calls at once than the client is to make, and to all of them")
    func bound() async throws {
        try await DirectStage.run(
            { $0.profile = .init(tokenPace: .milliseconds(2), tokenCount: 5) },
            client: { $0.maximumConcurrentRequests = 3 }
        ) { client, ollama, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<30 {
                    group.addTask {
                        let request = ChatRequest(model: "smollm2", "a")
                        _ = try await number % 2 == 0 ? client.chat(request) : client.last(client.chatStream(request))
                    }
                }
                try await group.waitForAll()
            }
            #expect(ollama.counts.requests("POST /api/chat") == 30 && ollama.counts.generationsPeak <= 3)
        }
    }
}

extension SharedOllamaClient {
    /// The whole answer of a stream.
    func last(_ stream: AnswerStream) async throws -> ModelAnswer {
        var answer: ModelAnswer?
        for try await case .done(let whole) in stream { answer = whole }
        return try #require(answer)
    }
}
