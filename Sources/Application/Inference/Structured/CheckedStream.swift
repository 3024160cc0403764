import Domain
import Synchronization

/// A stream of text that is checked at its end: a wrong one fails instead of ending.
///
/// What has been told cannot be taken back, so it is not repaired.
final class CheckedStream: EngineStream {
    typealias Frame = GenerationEvent

    private struct State {
        var text: [UInt8] = []
        var callsTools = false
        /// The last event, seen where nobody could wait for the check.
        var end: GenerationSummary?
    }

    private let base: any EngineStream<GenerationEvent>
    private let output: StructuredOutput
    private let state = Mutex(State())

    init(_ base: any EngineStream<GenerationEvent>, output: StructuredOutput) {
        self.base = base
        self.output = output
    }

    var progress: GenerationProgress { self.base.progress }

    var notices: GenerationNotices { self.base.notices }

    func next() async throws -> GenerationEvent? {
        if let end = self.state.withLock({ $0.end.take() }) { return try await self.checked(end) }
        guard let event = try await self.base.next() else { return nil }
        if case .finished(let summary) = event { return try await self.checked(summary) }
        try self.note(event)
        return event
    }

    func buffered() throws -> GenerationEvent? {
        guard self.state.withLock({ $0.end == nil }), let event = try self.base.buffered() else { return nil }
        if case .finished(let summary) = event {
            self.state.withLock { $0.end = summary }
            return nil
        }
        try self.note(event)
        return event
    }

    func cancel(_ error: ServiceError) {
        self.base.cancel(error)
    }

    private func note(_ event: GenerationEvent) throws {
        let isTooLong = self.state.withLock { state in
            switch event {
            case .text(let piece): state.text += piece.escaped
            case .toolCalls: state.callsTools = true
            default: break
            }
            return state.text.count > StructuredOutput.maximumBytes
        }
        guard isTooLong else { return }
        let error = ServiceError.invalidOutput([StructuredOutput.tooLong], afterRepair: false)
        self.base.cancel(error)
        throw error
    }

    private func checked(_ summary: GenerationSummary) async throws -> GenerationEvent {
        let (text, callsTools) = self.state.withLock { ($0.text, $0.callsTools) }
        guard summary.reason.isWhole, !callsTools else { return .finished(summary) }
        let faults = await self.output.faults(in: JSONText(validated: text[...]))
        guard faults.isEmpty else { throw ServiceError.invalidOutput(faults, afterRepair: false) }
        return .finished(summary)
    }
}
