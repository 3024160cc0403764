import SharedOllamaClient

/// Asks a service, or with `direct` before the address an Ollama:  swift-client-example [direct] URL MODEL
@main
enum Example {
    static func main() async throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        let isDirect = arguments.first == "direct"
        if isDirect { arguments.removeFirst() }
        guard arguments.count == 2 else { return print("usage: swift-client-example [direct] URL MODEL") }
        let configuration =
            isDirect ? ClientConfiguration.direct(arguments[0]) : .service(arguments[0], project: "example")
        try await SharedOllamaClient.withClient(configuration) { client in
            try await client.ensureRunning(within: .seconds(30))
            print("models:", try await client.models().map(\.name).joined(separator: " "))
            try await stream(client, model: arguments[1])
            try await city(client, model: arguments[1])
            try await several(client, model: arguments[1])
            await failure(client)
        }
    }

    /// Prints an answer as it comes, and its place in line before it comes.
    static func stream(_ client: SharedOllamaClient, model: String) async throws {
        let options = GenerationOptions {
            $0.temperature = 0
            $0.maxTokens = 40
        }
        let request = ChatRequest(model: model, "Why is the sky blue?", options: options)
        for try await event in client.chatStream(request, CallSettings(priority: .interactive)) {
            switch event {
            case .queued(let place): print("waiting, place \(place.position)")
            case .text(let text): print(text, terminator: "")
            case .thinking, .toolCalls: break
            case .done(let answer): print("\nstreamed: \(answer.usage.completionTokens) tokens, \(answer.doneReason)")
            }
        }
    }

    struct City: Decodable {
        let city: String
        let people: Int
    }

    /// Asks for an answer that follows a schema.
    static func city(_ client: SharedOllamaClient, model: String) async throws {
        let schema: JSONValue = [
            "type": "object",
            "properties": ["city": ["type": "string", "maxLength": 30], "people": ["type": "integer"]],
            "required": ["city", "people"],
        ]
        let options = GenerationOptions {
            $0.format = .schema(schema)
            $0.temperature = 0
            $0.maxTokens = 100
        }
        let request = ChatRequest(model: model, "Name a city and how many people live there.", options: options)
        let city: City = try await client.chat(request).decoded()
        print("city:", city.city, city.people)
    }

    /// Asks for many things at once; the client lets only so many go at a time.
    static func several(_ client: SharedOllamaClient, model: String) async throws {
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 1...8 {
                group.addTask {
                    let options = GenerationOptions { $0.maxTokens = 4 }
                    let request = GenerateRequest(model: model, prompt: "\(number) and \(number) is", options: options)
                    return try await client.generate(request, CallSettings(priority: .batch)).text
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        print("several: \(answers.count) answers")
    }

    /// Shows what an error tells.
    static func failure(_ client: SharedOllamaClient) async {
        do {
            _ = try await client.chat(ChatRequest(model: "no-such-model", "Hello"))
        } catch let error as SharedOllamaError {
            print("error: \(error.code) \(error.status ?? 0), request \(error.requestID == nil ? "unknown" : "known")")
        } catch {
            print("error: \(error)")
        }
    }
}
