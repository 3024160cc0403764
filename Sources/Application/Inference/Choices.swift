public import Domain
import Synchronization

/// One event of one of several answers to the same request.
public struct ChoiceEvent: Sendable {
    /// Which answer: 0 is the first.
    public let index: Int
    /// What it says; its own figures where it ends.
    public let event: GenerationEvent

    /// Creates an event.
    public init(index: Int, event: GenerationEvent) {
        self.index = index
        self.event = event
    }
}

extension Wish where Work == EngineWork, Frame == ChoiceEvent {
    /// A wish for several answers, one after the other in one slot: the engine reads the prompt once.
    static func choices(_ plan: AnswerPlan) -> Wish {
        Wish(work: plan.work) { access in
            try ChoicesStream(count: access.work.options.choices ?? 1) { index in
                var work = access.work
                // The same seed would give the same answer.
                work.options.seed = work.options.seed.map { $0 &+ index }
                return try plan.stream(access, work: work)
            }
        }
    }
}

/// Several answers to one request, one after the other.
final class ChoicesStream: EngineStream {
    typealias Frame = ChoiceEvent

    private struct State {
        var index = 0
        var current: (any EngineStream<GenerationEvent>)?
        var progress = GenerationProgress()
        var summaries: [GenerationSummary] = []
        var cancellation: ServiceError?
    }

    private let count: Int
    private let make: @Sendable (Int) throws -> any EngineStream<GenerationEvent>
    private let state: Mutex<State>

    /// Begins with the first; `make` prepares the answer with an index.
    init(count: Int, _ make: @escaping @Sendable (Int) throws -> any EngineStream<GenerationEvent>) throws {
        self.count = count
        self.make = make
        let first = try make(0)
        self.state = Mutex(State(current: first))
    }

    var progress: GenerationProgress {
        self.state.withLock { state in
            var progress = state.progress
            progress.pieces += state.current?.progress.pieces ?? 0
            return progress
        }
    }

    var notices: GenerationNotices { self.state.withLock { $0.current }?.notices ?? GenerationNotices() }

    func next() async throws -> ChoiceEvent? {
        while let (index, stream) = try self.current() {
            if let event = try await stream.next() { return self.noted(event, index) }
            try self.turn()
        }
        return nil
    }

    func buffered() throws -> ChoiceEvent? {
        guard let (index, stream) = try self.current(), let event = try stream.buffered() else { return nil }
        return self.noted(event, index)
    }

    func cancel(_ error: ServiceError) {
        let current = self.state.withLock { state in
            state.cancellation = state.cancellation ?? error
            return state.current
        }
        current?.cancel(error)
    }

    // MARK: Parts

    private func current() throws -> (Int, any EngineStream<GenerationEvent>)? {
        try self.state.withLock { state in
            if let error = state.cancellation { throw error }
            guard state.summaries.count < self.count || state.progress.summary == nil else { return nil }
            return state.current.map { (state.index, $0) }
        }
    }

    private func noted(_ event: GenerationEvent, _ index: Int) -> ChoiceEvent {
        if case .finished(let summary) = event {
            self.state.withLock { state in
                state.summaries.append(summary)
                if state.summaries.count == self.count { state.progress.summary = .sum(of: state.summaries) }
            }
        }
        return ChoiceEvent(index: index, event: event)
    }

    /// Goes on to the next answer.
    private func turn() throws {
        let index = self.state.withLock { state -> Int? in
            state.progress.pieces += state.current?.progress.pieces ?? 0
            state.index += 1
            if state.index == self.count { state.current = nil }
            return state.index < self.count ? state.index : nil
        }
        guard let index else { return }
        let stream = try self.make(index)
        let cancellation = self.state.withLock { state in
            state.current = stream
            return state.cancellation
        }
        if let cancellation { throw cancellation }
    }
}

extension Exchange where Frame == ChoiceEvent {
    /// Pulls all events and returns the answers in their order.
    ///
    /// - Throws: ``ServiceError`` if the engine failed or stopped before the end of the last.
    public func collectChoices() async throws -> [GenerationResult] {
        try await withTaskCancellationHandler {
            var results: [GenerationResult] = []
            var collected = GenerationCollector()
            while let frame = try await self.next() {
                collected.add(frame.event)
                guard case .finished = frame.event, let result = collected.result else { continue }
                results.append(result)
                collected = GenerationCollector()
            }
            guard !results.isEmpty else {
                throw self.fail(ServiceError(.engineError, "The engine stopped before the end of its answer."))
            }
            return results
        } onCancel: {
            self.cancel(.callerLeft)
        }
    }
}

extension GenerationSummary {
    /// The figures of several answers to one prompt, which is counted once.
    public static func sum(of summaries: [GenerationSummary]) -> GenerationSummary {
        func total(_ part: (EngineTimings) -> Duration?) -> Duration? {
            let known = summaries.compactMap { part($0.timings) }
            return known.isEmpty ? nil : known.reduce(.zero, +)
        }
        let reasoning = summaries.compactMap(\.usage.reasoningTokens)
        return GenerationSummary(
            usage: TokenUsage(
                promptTokens: summaries.first?.usage.promptTokens ?? 0,
                completionTokens: summaries.reduce(0) { $0 + $1.usage.completionTokens },
                cachedTokens: summaries.first?.usage.cachedTokens,
                reasoningTokens: reasoning.isEmpty ? nil : reasoning.reduce(0, +)
            ),
            timings: EngineTimings(
                total: total(\.total),
                load: summaries.first?.timings.load,
                promptEvaluation: total(\.promptEvaluation),
                generation: total(\.generation)
            ),
            reason: summaries.last?.reason ?? .stop
        )
    }
}
