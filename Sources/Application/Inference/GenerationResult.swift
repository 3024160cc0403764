public import Domain

/// A whole answer, collected from its events.
public struct GenerationResult: Sendable {
    /// The text.
    public let text: JSONText
    /// What the model thought first, if it did.
    public let thinking: JSONText?
    /// The tools that the model asks for.
    public let toolCalls: [ToolCall]
    /// The probabilities, as the elements of a JSON array, if they were asked for.
    public let logprobs: [UInt8]?
    /// The vectors, each a JSON array of numbers.
    public let embeddings: [[UInt8]]
    /// The engine's figures.
    public internal(set) var summary: GenerationSummary
}

extension GenerationResult {
    /// The answer as events again, each kind as one.
    public var events: [GenerationEvent] {
        var events: [GenerationEvent] = []
        if let thinking = self.thinking { events.append(.thinking(thinking)) }
        if !self.text.isEmpty { events.append(.text(self.text)) }
        if let logprobs = self.logprobs { events.append(.logprobs(logprobs[...])) }
        if !self.toolCalls.isEmpty { events.append(.toolCalls(self.toolCalls)) }
        return events + [.finished(self.summary)]
    }
}

extension Exchange where Frame == GenerationEvent {
    /// Pulls all events.
    ///
    /// The engine is read as a stream, so that its deadlines hold here as well.
    ///
    /// - Throws: ``ServiceError`` if the engine failed or stopped before its end.
    public func collect() async throws -> GenerationResult {
        try await withTaskCancellationHandler {
            var collected = GenerationCollector()
            while let event = try await self.next() {
                collected.add(event)
                while let event = try self.buffered() { collected.add(event) }
            }
            guard let result = collected.result else {
                throw self.fail(ServiceError(.engineError, "The engine stopped before the end of its answer."))
            }
            return result
        } onCancel: {
            self.cancel(.callerLeft)
        }
    }
}

/// Puts an answer together from its events.
public struct GenerationCollector: Sendable {
    private let limit: Int
    private var bytes = 0
    private var text: [UInt8] = []
    private var thinking: [UInt8]?
    private var toolCalls: [ToolCall] = []
    private var logprobs: [UInt8]?
    private var embeddings: [[UInt8]] = []
    private var summary: GenerationSummary?

    /// Starts with nothing.
    ///
    /// - Parameter limit: how many bytes of the answer it holds at most; of a longer one it holds nothing.
    public init(limit: Int = .max) {
        self.limit = limit
    }

    /// Takes the next event.
    public mutating func add(_ event: GenerationEvent) {
        guard self.bytes <= self.limit else { return }
        switch event {
        case .text(let piece):
            self.bytes += piece.escaped.count
            self.text.append(contentsOf: piece.escaped)
        case .thinking(let piece):
            self.bytes += piece.escaped.count
            self.thinking = self.thinking ?? []
            self.thinking?.append(contentsOf: piece.escaped)
        case .toolCalls(let calls):
            self.bytes += calls.reduce(0) { $0 + $1.name.utf8.count + $1.arguments.utf8.count }
            self.toolCalls += calls
        case .logprobs(let elements):
            self.bytes += elements.count
            if self.logprobs?.isEmpty == false { self.logprobs?.append(UInt8(ascii: ",")) }
            self.logprobs = (self.logprobs ?? []) + elements
        case .embedding(let vector):
            self.bytes += vector.count
            self.embeddings.append(Array(vector))
        case .finished(let summary): self.summary = summary
        }
        if self.bytes > self.limit { self.forget() }
    }

    /// The whole answer; nil before its last event, and if it is longer than the limit.
    public var result: GenerationResult? {
        guard self.bytes <= self.limit, let summary = self.summary else { return nil }
        return GenerationResult(
            text: JSONText(validated: self.text[...]),
            thinking: self.thinking.map { JSONText(validated: $0[...]) },
            toolCalls: self.toolCalls,
            logprobs: self.logprobs,
            embeddings: self.embeddings,
            summary: summary
        )
    }

    private mutating func forget() {
        self.text = []
        self.thinking = nil
        self.toolCalls = []
        self.logprobs = nil
        self.embeddings = []
    }
}
