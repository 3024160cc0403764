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
    /// The engine's figures.
    public let summary: GenerationSummary
}

extension Exchange where Frame == GenerationEvent {
    /// Pulls all events.
    ///
    /// The engine is read as a stream, so that its deadlines hold here as well.
    ///
    /// - Throws: ``ServiceError`` if the engine failed or stopped before its end.
    public func collect() async throws -> GenerationResult {
        try await withTaskCancellationHandler {
            var collected = Collected()
            while let event = try await self.next() {
                collected.add(event)
                while let event = try self.buffered() { collected.add(event) }
            }
            guard let summary = collected.summary else {
                throw self.fail(ServiceError(.engineError, "The engine stopped before the end of its answer."))
            }
            return collected.result(summary)
        } onCancel: {
            self.cancel(.callerLeft)
        }
    }
}

private struct Collected {
    var text: [UInt8] = []
    var thinking: [UInt8]?
    var toolCalls: [ToolCall] = []
    var logprobs: [UInt8]?
    var summary: GenerationSummary?

    mutating func add(_ event: GenerationEvent) {
        switch event {
        case .text(let piece): self.text.append(contentsOf: piece.escaped)
        case .thinking(let piece): self.thinking = (self.thinking ?? []) + piece.escaped
        case .toolCalls(let calls): self.toolCalls += calls
        case .logprobs(let elements):
            if self.logprobs?.isEmpty == false { self.logprobs?.append(UInt8(ascii: ",")) }
            self.logprobs = (self.logprobs ?? []) + elements
        case .finished(let summary): self.summary = summary
        }
    }

    func result(_ summary: GenerationSummary) -> GenerationResult {
        GenerationResult(
            text: JSONText(validated: self.text[...]),
            thinking: self.thinking.map { JSONText(validated: $0[...]) },
            toolCalls: self.toolCalls,
            logprobs: self.logprobs,
            summary: summary
        )
    }
}
