import Domain
import Synchronization

/// An answer that is held back until it is known to be what was asked for; a wrong one is asked for once more.
///
/// The second attempt goes on in the slot of the first: it is the same request, the engine still has its conversation in
/// that slot's cache, and a place in line of its own would let one request wait twice. It takes nothing from others unseen: the
/// slot is given back with the figures of both attempts, by which the project's share and its limits are booked.
final class RepairingStream: EngineStream {
    typealias Frame = GenerationEvent

    /// Asks for the answer once more, after a wrong one; nil where there is no sense in that.
    typealias Again = @Sendable (JSONText, [FieldFault]) throws -> (any EngineStream<GenerationEvent>)?

    private struct State {
        var current: any EngineStream<GenerationEvent>
        /// What passed of the answer that was wrong.
        var wrong: (progress: GenerationProgress, notices: GenerationNotices)?
        /// What is to be told; nil while it is not known.
        var events: [GenerationEvent]?
        var cancellation: ServiceError?
    }

    private let output: StructuredOutput
    private let onFirst: @Sendable () -> Void
    private let again: Again
    private let tell: @Sendable (GenerationResult) -> [GenerationEvent]
    private let state: Mutex<State>

    /// Holds an answer back.
    ///
    /// - Parameters:
    ///   - base: the first attempt.
    ///   - output: what the answer has to be.
    ///   - onFirst: called when the engine says something for the first time: nobody sees it yet.
    ///   - again: asks for the answer once more.
    ///   - tell: what a right answer is told as.
    init(
        _ base: any EngineStream<GenerationEvent>,
        output: StructuredOutput,
        onFirst: @escaping @Sendable () -> Void,
        again: @escaping Again,
        tell: @escaping @Sendable (GenerationResult) -> [GenerationEvent]
    ) {
        self.output = output
        self.onFirst = onFirst
        self.again = again
        self.tell = tell
        self.state = Mutex(State(current: base))
    }

    var progress: GenerationProgress {
        self.state.withLock { state in
            let progress = state.current.progress
            return state.wrong.map { $0.progress.followed(by: progress) } ?? progress
        }
    }

    var notices: GenerationNotices {
        self.state.withLock { state in
            var notices = state.current.notices
            notices.truncated = notices.truncated ?? state.wrong?.notices.truncated
            return notices
        }
    }

    func next() async throws -> GenerationEvent? {
        if self.state.withLock({ $0.events == nil }) {
            let result = try await self.result()
            let events = result.map(self.tell) ?? []
            self.state.withLock { $0.events = events.reversed() }
        }
        return try self.buffered()
    }

    func buffered() throws -> GenerationEvent? {
        try self.state.withLock { state in
            if let error = state.cancellation { throw error }
            return state.events?.popLast()
        }
    }

    func cancel(_ error: ServiceError) {
        let current = self.state.withLock { state in
            state.cancellation = state.cancellation ?? error
            return state.current
        }
        current.cancel(error)
    }

    // MARK: Parts

    /// The answer that is right; nil if the engine stopped before its end.
    private func result() async throws -> GenerationResult? {
        guard let first = try await self.collected(onFirst: self.onFirst) else { return nil }
        let faults = await self.faults(of: first)
        guard !faults.isEmpty else { return first }
        guard let stream = try self.again(first.text, faults) else {
            throw ServiceError.invalidOutput(faults, afterRepair: false)
        }
        try self.goOn(with: stream)
        do {
            guard var second = try await self.collected() else { return nil }
            let rest = await self.faults(of: second)
            guard rest.isEmpty else { throw ServiceError.invalidOutput(rest, afterRepair: true) }
            second.summary = self.progress.summary ?? second.summary
            return second
        } catch let error as ServiceError where error.code == .promptTooLarge {
            // The wrong answer made the conversation too long: that is not what the caller sent.
            throw ServiceError.invalidOutput(faults, afterRepair: false)
        } catch let error as ServiceError where error.blame != nil {
            // Another engine would begin anew, and what this one did would be forgotten.
            throw error.withoutBlame
        }
    }

    private func goOn(with stream: any EngineStream<GenerationEvent>) throws {
        let cancellation = self.state.withLock { state in
            state.wrong = (state.current.progress, state.current.notices)
            state.current = stream
            return state.cancellation
        }
        guard let cancellation else { return }
        stream.cancel(cancellation)
        throw cancellation
    }

    /// Pulls all of the present attempt.
    private func collected(onFirst: () -> Void = {}) async throws -> GenerationResult? {
        let stream = self.state.withLock(\.current)
        var collector = GenerationCollector()
        var (bytes, isFirst) = (0, true)
        while let event = try await stream.next() {
            if isFirst { onFirst() }
            isFirst = false
            var next: GenerationEvent? = event
            while let event = next {
                if case .text(let piece) = event { bytes += piece.escaped.count }
                collector.add(event)
                next = try stream.buffered()
            }
            guard bytes <= StructuredOutput.maximumBytes else {
                let error = ServiceError.invalidOutput([StructuredOutput.tooLong], afterRepair: false)
                stream.cancel(error)
                throw error
            }
        }
        return collector.result
    }

    private func faults(of result: GenerationResult) async -> [FieldFault] {
        guard result.summary.reason.isWhole, result.toolCalls.isEmpty else { return [] }
        return await self.output.faults(in: result.text)
    }
}

extension GenerationProgress {
    /// What has passed of two answers, the second after the first.
    fileprivate func followed(by second: GenerationProgress) -> GenerationProgress {
        var both = GenerationProgress()
        both.pieces = self.pieces + second.pieces
        guard let first = self.summary else { return both }
        // What an engine has not counted yet is counted in pieces.
        let uncounted = GenerationSummary(
            usage: TokenUsage(promptTokens: 0, completionTokens: second.pieces),
            timings: EngineTimings(),
            reason: first.reason
        )
        both.summary = first.followed(by: second.summary ?? uncounted)
        return both
    }
}

extension GenerationSummary {
    /// The figures of two answers, each with a prompt of its own; it ended as the second did.
    fileprivate func followed(by second: GenerationSummary) -> GenerationSummary {
        func sum<Value: AdditiveArithmetic>(_ left: Value?, _ right: Value?) -> Value? {
            guard let left, let right else { return left ?? right }
            return left + right
        }
        return GenerationSummary(
            usage: TokenUsage(
                promptTokens: self.usage.promptTokens + second.usage.promptTokens,
                completionTokens: self.usage.completionTokens + second.usage.completionTokens,
                cachedTokens: sum(self.usage.cachedTokens, second.usage.cachedTokens),
                reasoningTokens: sum(self.usage.reasoningTokens, second.usage.reasoningTokens)
            ),
            timings: EngineTimings(
                total: sum(self.timings.total, second.timings.total),
                load: sum(self.timings.load, second.timings.load),
                promptEvaluation: sum(self.timings.promptEvaluation, second.timings.promptEvaluation),
                generation: sum(self.timings.generation, second.timings.generation)
            ),
            reason: second.reason
        )
    }
}

extension ServiceError {
    /// The same error as nobody's fault.
    fileprivate var withoutBlame: ServiceError {
        ServiceError(
            self.code,
            self.message,
            faults: self.faults,
            retryAfter: self.retryAfter,
            isRetryable: self.isRetryable
        )
    }
}
