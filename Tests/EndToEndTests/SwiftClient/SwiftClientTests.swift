import OllamaTestDouble
import SharedOllamaClient
import Testing

extension EndToEnd {
    @Suite("The Swift client", .light)
    struct SwiftClient {
        private typealias Stage = SwiftClientStage

        private struct Person: Decodable {
            let name: String
            let age: Int
        }

        private static let person: JSONValue = [
            "type": "object", "properties": ["name": ["type": "string"], "age": ["type": "integer"]],
            "required": ["name", "age"],
        ]

        @Test("gets answers with their figures, whole and streamed, from chat and generate")
        func answers() async throws {
            try await Stage.run({ $0.profile = .init(text: "The sky is blue.") }) { client, service, _, _ in
                let options = GenerationOptions {
                    $0.temperature = 0
                    $0.keepAlive = .duration(.seconds(60))
                }
                let chat = ChatRequest(model: "smollm2", "Why?", options: options)
                let generate = GenerateRequest(model: "smollm2", prompt: "Why?", system: "Be brief.", options: options)
                let whole = [try await client.chat(chat), try await client.generate(generate)]
                let streamed = [
                    try await Stage.last(client.chatStream(chat)),
                    try await Stage.last(client.generateStream(generate)),
                ]
                for answer in whole + streamed {
                    #expect(answer.text == "The sky is blue." && answer.model == "smollm2")
                    #expect(answer.doneReason == "stop" && answer.usage.completionTokens > 0)
                    #expect(answer.timings.queueWait != nil && answer.timings.total != nil && answer.warnings.isEmpty)
                    let line = try await service.logLine(of: answer.requestID)
                    #expect(line["ended"] == "completed" && line["dialect"] == "native", "\(line)")
                }
            }
        }

        @Test("lets the service choose the model where it names none")
        func defaultModel() async throws {
            try await Stage.run(settings: ["DEFAULTS_TEXT_MODEL": "gemma3-270m"]) { client, _, ollama, _ in
                _ = try await client.chat(ChatRequest("Hi"))
                #expect(ollama.lastInference["model"]?.string?.hasPrefix("gemma3-270m") == true)
            }
        }

        @Test("has tools called, forced ones too, and hands their results back")
        func tools() async throws {
            try await Stage.run { client, _, ollama, _ in
                ollama.setProfile(GenerationProfile(callsTools: true), model: "smollm2-tools")
                var request = ChatRequest(
                    model: "smollm2-tools",
                    messages: [.user("Weather in Oslo?")],
                    tools: [Stage.weather]
                )
                let asked = try await client.chat(request)
                let call = try #require(asked.toolCalls.first)
                #expect(call.name == "get_weather" && call.arguments["city"]?.string != nil && !call.id.isEmpty)
                #expect(asked.doneReason == "tool_calls")
                let streamed = try await Stage.last(client.chatStream(request))
                #expect(streamed.toolCalls.map(\.name) == ["get_weather"])
                ollama.setProfile(GenerationProfile(text: "It is sunny."), model: "smollm2-tools")
                request.messages += [asked.message, .tool("Sunny.", answering: call)]
                #expect(try await client.chat(request).text == "It is sunny.")
                let forced = ChatRequest(
                    model: "smollm2",
                    messages: [.user("Weather?")],
                    tools: [Stage.weather],
                    toolChoice: .named("get_weather")
                )
                #expect(try await client.chat(forced).toolCalls.first?.name == "get_weather")
            }
        }

        @Test("gets answers in a format as a type")
        func format() async throws {
            try await Stage.run { client, _, _, _ in
                let request = ChatRequest(
                    model: "smollm2",
                    "A person?",
                    options: .init { $0.format = .schema(Self.person) }
                )
                let person: Person = try await client.chat(request).decoded()
                #expect(!person.name.isEmpty)
                let streamed = try await Stage.last(client.chatStream(request)).decoded(as: Person.self)
                #expect(!streamed.name.isEmpty)
            }
        }

        @Test("gets thoughts, vectors, models, and answers about pictures")
        func rest() async throws {
            try await Stage.run { client, _, _, _ in
                let thinking = ChatRequest(model: "smollm2-think", "Think!", options: .init { $0.think = .on })
                #expect(try await client.chat(thinking).message.thinking?.isEmpty == false)
                #expect(try await Stage.last(client.chatStream(thinking)).message.thinking?.isEmpty == false)
                let vectors = try await client.embed(EmbedRequest(model: "all-minilm", ["a", "b"]))
                #expect(vectors.vectors.map(\.count) == [384, 384] && vectors.promptTokens > 0)
                let models = try await client.models()
                #expect(models.contains { $0.name == "smollm2:latest" && $0.engines == ["local"] }, "\(models)")
                let picture = TestPicture.png(64, 64)
                let seeing = ChatRequest(model: "smollm2-vision", messages: [.user("What?", images: [picture])])
                let answer = try await client.chat(seeing)
                #expect(!answer.text.isEmpty)
            }
        }

        @Test("says who calls, how urgent it is, and for how long")
        func headers() async throws {
            try await Stage.run(project: "search") { client, service, _, _ in
                let settings = CallSettings(priority: .batch, deadline: .seconds(60), requestID: "urgent-1")
                let answer = try await client.chat(ChatRequest(model: "smollm2", "Hi"), settings)
                #expect(answer.requestID == "urgent-1")
                let line = try await service.logLine(of: "urgent-1")
                #expect(line["project"] == "search" && line["class"] == "batch", "\(line)")
            }
        }

        @Test("shows its key, and is told where it is wrong")
        func key() async throws {
            let hash = "2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683"  // SHA-256 of "key"
            let settings = ["PROJECTS_0_NAME": "search", "PROJECTS_0_KEY_SHA256": hash]
            try await Stage.run(settings: settings, key: "key") { client, service, _, _ in
                #expect(try await client.chat(ChatRequest(model: "smollm2", "Hi")).text.isEmpty == false)
                try await SharedOllamaClient.withClient(.service("http://127.0.0.1:\(service.port)", key: "no")) {
                    wrong in
                    let error = await Stage.failure { _ = try await wrong.models() }
                    #expect(error?.code == .unauthenticated && error?.status == 401)
                }
            }
        }

        @Test("waits until the service is ready, and not for ever")
        func ensureRunning() async throws {
            try await Stage.run { client, service, _, _ in
                let start = try await client.ensureRunning()
                #expect(start == .wasRunning)
                await service.process.kill()
                let error = await Stage.failure { try await client.ensureRunning(within: .milliseconds(500)) }
                #expect(error?.code == .unreachable, "\(error as Any)")
            }
        }
    }
}
