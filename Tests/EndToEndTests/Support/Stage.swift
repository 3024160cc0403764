import OllamaTestDouble
import Testing

/// The service in front of one double.
enum Stage {
    /// Runs a test with an Ollama behind the service.
    static func ollama(
        _ configure: (inout OllamaTestDouble.Configuration) -> Void = { _ in },
        settings: [String: String] = [:],
        dataDirectory: String? = nil,
        _ test: (ServiceUnderTest, OllamaTestDouble) async throws -> Void
    ) async throws {
        var configuration = OllamaTestDouble.Configuration()
        configuration.parallel = 4
        configure(&configuration)
        let double = try await OllamaTestDouble.start(configuration: configuration)
        // What such an Ollama does at once is not to be found out by asking it.
        let environment = [
            "ENGINES_0_URL": double.url, "ENGINES_0_PARALLEL": String(configuration.parallel),
        ].merging(settings) { $1 }
        do {
            try await ServiceUnderTest.run(.init(environment: environment, dataDirectory: dataDirectory)) {
                try await test($0, double)
            }
        } catch {
            await double.stop()
            throw error
        }
        await double.stop()
    }

    /// Runs a test with a server of llama.cpp behind the service.
    static func llama(
        _ configure: (inout LlamaServerDouble.Configuration) -> Void = { _ in },
        settings: [String: String] = [:],
        _ test: (ServiceUnderTest, LlamaServerDouble) async throws -> Void
    ) async throws {
        var configuration = LlamaServerDouble.Configuration()
        configuration.alias = "smollm2"
        configure(&configuration)
        let double = try await LlamaServerDouble.start(configuration: configuration)
        let service = ServiceUnderTest.Settings(engineURL: double.url, engineKind: "openai", environment: settings)
        do {
            try await ServiceUnderTest.run(service) { try await test($0, double) }
        } catch {
            await double.stop()
            throw error
        }
        await double.stop()
    }

    /// A short request for either route.
    static func body(_ model: String? = "smollm2", stream: Bool = false, _ extra: [String: JSON] = [:]) -> JSON {
        var fields: [String: JSON] = ["prompt": "hi", "stream": .bool(stream)]
        fields["model"] = model.map(JSON.string)
        return .object(fields.merging(extra) { $1 })
    }

    /// A short conversation.
    static func chat(_ model: String? = "smollm2", stream: Bool = false, _ extra: [String: JSON] = [:]) -> JSON {
        var fields: [String: JSON] = ["messages": [["role": "user", "content": "hi"]], "stream": .bool(stream)]
        fields["model"] = model.map(JSON.string)
        return .object(fields.merging(extra) { $1 })
    }
}

extension OllamaTestDouble {
    /// The last request that a model was to answer, its body as JSON.
    var lastInference: JSON {
        let last = self.requests.last { $0.method == "POST" && $0.path != "/api/show" && !$0.isLoad }
        return (try? JSON(parsing: last?.body ?? [])) ?? .null
    }
}

extension LlamaServerDouble {
    /// The last request that the model was to answer, its body as JSON.
    var lastInference: JSON {
        let last = self.requests.last { $0.method == "POST" }
        return (try? JSON(parsing: last?.body ?? [])) ?? .null
    }
}

/// A duration, ten times what the product promises, and not below 20 s: the machine of a test is shared, and a process
/// may wait for a core for seconds.
func tenfold(_ promise: Duration) -> Duration { max(promise * 10, .seconds(20)) }
