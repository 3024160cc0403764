import Domain

/// What one start of an engine has shown of a model.
public struct TrialMeasurement: Sendable, Hashable {
    /// From the engine's start until the model was in memory, without what passed between.
    public var load: Duration
    /// From a request until its first token, of one request alone.
    public var firstToken: Duration
    /// Tokens that were written a second, of all requests together, by how many ran at once.
    public var rates: [Int: Double]
    /// The memory of the engine's processes with the model, in bytes; nil where that is not known.
    public var memoryBytes: Int?

    /// Puts a measurement together.
    public init(load: Duration, firstToken: Duration, rates: [Int: Double], memoryBytes: Int?) {
        self.load = load
        self.firstToken = firstToken
        self.rates = rates
        self.memoryBytes = memoryBytes
    }
}

/// Measures an engine with requests that are the same each time.
struct TrialMeter: Sendable {
    /// The longest answer, in tokens.
    let tokens: Int
    let clock: any ServiceClock
    let ids: any IDGenerator

    /// Loads a model, asks it alone and then more and more at once.
    ///
    /// - Throws: ``ServiceError`` of the engine; `engine_error` if it writes nothing.
    func measure(_ model: ModelName, on engine: any TrialEngine, parallel: Int) async throws -> TrialMeasurement {
        let begin = self.clock.now
        _ = try await engine.client.load(ModelLoad(model: model.spelling, keepAlive: .duration("10m")))
        let load = engine.startTime + (self.clock.now - begin)
        // The first request of all finds caches cold that no later one does.
        _ = try await self.ask(model, number: 0, on: engine.client)
        let alone = try await self.ask(model, number: 1, on: engine.client)
        var rates: [Int: Double] = [:]
        for count in TrialMeter.levels(upTo: parallel) {
            rates[count] = try await self.rate(model, count, on: engine.client)
        }
        return TrialMeasurement(
            load: load,
            firstToken: alone.firstToken,
            rates: rates,
            memoryBytes: await engine.memoryBytes()
        )
    }

    /// 1, 2, 4 … and the most.
    static func levels(upTo most: Int) -> [Int] {
        var levels = Array(sequence(first: 1) { $0 * 2 < most ? $0 * 2 : nil })
        if most > 1 { levels.append(most) }
        return levels
    }

    private func rate(_ model: ModelName, _ count: Int, on client: any EngineClient) async throws -> Double {
        let begin = self.clock.now
        let tokens = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<count {
                group.addTask { try await self.ask(model, number: count * 100 + number, on: client).tokens }
            }
            return try await group.reduce(0, +)
        }
        let seconds = (self.clock.now - begin) / .seconds(1)
        return seconds > 0 ? Double(tokens) / seconds : 0
    }

    private func ask(
        _ model: ModelName,
        number: Int,
        on client: any EngineClient
    ) async throws -> (firstToken: Duration, tokens: Int) {
        var options = GenerationOptions()
        options.temperature = 0
        options.seed = 1
        options.maxTokens = self.tokens
        let begin = self.clock.now
        let stream = try client.stream(
            EngineRequest(
                work: .generate(
                    GenerationRequest(model: model, prompt: try Self.prompt(number), system: nil, options: options)
                ),
                model: model.spelling,
                isLoaded: true,
                loadedContext: nil,
                requestID: RequestID(generated: self.ids.next())
            )
        )
        var (firstToken, pieces): (Duration?, Int) = (nil, 0)
        var summary: GenerationSummary?
        while let event = try await stream.next() {
            switch event {
            case .text, .thinking:
                firstToken = firstToken ?? self.clock.now - begin
                pieces += 1
            case .finished(let end): summary = end
            case .toolCalls, .logprobs, .embedding: break
            }
        }
        guard let firstToken else {
            throw ServiceError(.engineError, "The model '\(model.spelling)' wrote nothing.", blame: .engine)
        }
        return (firstToken, summary?.usage.completionTokens ?? pieces)
    }

    /// A prompt of about two hundred tokens that begins otherwise for each number, so that no engine knows it already.
    private static func prompt(_ number: Int) throws -> Prompt {
        let facts = (1...12).map {
            "Ship \(number + $0) left harbour \($0 * 7) with \(number * 3 + $0) crates on board."
        }
        return try Prompt(
            "Log \(number).\n\(facts.joined(separator: " "))\nTell the story of these ships in many words."
        )
    }
}
