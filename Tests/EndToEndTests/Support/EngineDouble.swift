import OllamaTestDouble
import Testing

/// Which double stands behind the service.
enum EngineFlavour: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case ollama
    case llama

    var testDescription: String { self == .ollama ? "Ollama" : "llama.cpp" }
}

/// Either double, where a test does not care which.
enum EngineDouble: Sendable {
    case ollama(OllamaTestDouble)
    case llama(LlamaServerDouble)

    var counts: Counts {
        switch self {
        case .ollama(let double): double.counts
        case .llama(let double): double.counts
        }
    }

    /// The requests that it has got.
    var recorded: [RecordedRequest] {
        switch self {
        case .ollama(let double): double.requests
        case .llama(let double): double.requests
        }
    }

    func set(_ fault: Fault, times: Int? = nil, on scope: FaultScope = .inference) {
        switch self {
        case .ollama(let double): double.set(fault, times: times, on: scope)
        case .llama(let double): double.set(fault, times: times, on: scope)
        }
    }

    func clearFaults() {
        switch self {
        case .ollama(let double): double.clearFaults()
        case .llama(let double): double.clearFaults()
        }
    }

    func setProfile(_ profile: GenerationProfile) {
        switch self {
        case .ollama(let double): double.setProfile(profile)
        case .llama(let double): double.setProfile(profile)
        }
    }

    func waitUntil(
        timeout: Duration = .seconds(180),
        _ condition: @escaping @Sendable (Counts) -> Bool
    ) async throws {
        switch self {
        case .ollama(let double): try await double.waitUntil(timeout: timeout, condition)
        case .llama(let double): try await double.waitUntil(timeout: timeout, condition)
        }
    }

    /// How many requests a model was to answer.
    var inferenceRequests: Int {
        let counts = self.counts
        return counts.requests("POST /api/generate") + counts.requests("POST /api/chat")
            + counts.requests("POST /v1/chat/completions")
    }

    /// The last request that a model was to answer, its body as JSON.
    var lastInference: JSON {
        switch self {
        case .ollama(let double): double.lastInference
        case .llama(let double): double.lastInference
        }
    }
}

extension Stage {
    /// Runs a test with either engine behind the service; both have four places for requests.
    static func either(
        _ flavour: EngineFlavour,
        profile: GenerationProfile = GenerationProfile(),
        settings: [String: String] = [:],
        _ test: (ServiceUnderTest, EngineDouble) async throws -> Void
    ) async throws {
        switch flavour {
        case .ollama:
            try await self.ollama({ $0.profile = profile }, settings: settings) { service, double in
                try await test(service, .ollama(double))
            }
        case .llama:
            try await self.llama(
                {
                    $0.profile = profile
                    $0.slots = 4
                },
                settings: settings
            ) { service, double in try await test(service, .llama(double)) }
        }
    }
}
