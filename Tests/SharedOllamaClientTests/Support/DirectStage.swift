import OllamaTestDouble

@testable import SharedOllamaClient

/// An Ollama and a client that calls it directly.
enum DirectStage {
    static func run(
        _ configure: (inout OllamaTestDouble.Configuration) -> Void = { _ in },
        client change: (inout ClientConfiguration) -> Void = { _ in },
        _ test: (SharedOllamaClient, OllamaTestDouble, VirtualTime) async throws -> Void
    ) async throws {
        var configuration = OllamaTestDouble.Configuration()
        configuration.parallel = 8
        configure(&configuration)
        let double = try await OllamaTestDouble.start(configuration: configuration)
        let time = VirtualTime()
        let client = SharedOllamaClient(.direct(double.url).with(change), surroundings: time.surroundings())
        do {
            try await test(client, double, time)
        } catch {
            await client.shutdown()
            await double.stop()
            throw error
        }
        await client.shutdown()
        await double.stop()
    }
}

/// A JSON schema of an object with a text and a number.
let personSchema: JSONValue = [
    "type": "object", "properties": ["name": ["type": "string"], "age": ["type": "integer"]],
    "required": ["name", "age"],
]

/// A tool as many examples have it.
let weatherTool = Tool(
    name: "get_weather",
    description: "Tells the weather.",
    parameters: ["type": "object", "properties": ["city": ["type": "string"]], "required": ["city"]]
)
