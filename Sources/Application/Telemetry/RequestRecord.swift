public import Domain

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

// @unchecked: only the request's entry changes it, under its lock, and hands it out once it has ended. So nobody reads what is
// being changed, and no access need be checked for it at run time (`unchecked` below).
/// All that is kept of one request once it has ended.
///
/// There is exactly one a request; nothing of a prompt is in it. An object: several recorders keep it for a while.
public final class RequestRecord: @unchecked Sendable {
    /// How a request ended.
    public enum Ending: Sendable, Equatable {
        /// The caller got the whole answer.
        case completed
        /// It failed, with this error.
        case failed(ServiceError)
        /// The caller left, in this phase.
        case cancelled(Phase)

        /// How it ended, in one word.
        public var word: String {
            switch self {
            case .completed: "completed"
            case .failed: "failed"
            case .cancelled: "cancelled"
            }
        }
    }

    /// Where a request was.
    public enum Phase: String, Sendable, CaseIterable {
        /// Reading and checking the request.
        case reading
        /// Waiting for a slot.
        case queued
        /// The engine loads the model.
        case loading
        /// The engine reads the prompt.
        case prefill
        /// The engine writes the answer.
        case decoding
    }

    /// The request's id.
    public let requestID: RequestID
    /// Who called.
    public let project: ProjectName
    /// In which wire format.
    public let dialect: Dialect
    /// What was asked for.
    public let operation: Operation
    /// When the request arrived.
    public let arrivedAt: Date
    /// The trace that it is a part of; nil where it is part of none.
    @exclusivity(unchecked) public internal(set) var traceID: TraceID?
    /// The model's canonical name, once known.
    @exclusivity(unchecked) public internal(set) var model: ModelName?
    /// How urgent it was; nil if it was refused before it was put in line.
    @exclusivity(unchecked) public internal(set) var requestClass: RequestClass?
    /// The queue whose limits held for it; nil if it was refused before it was put in line.
    @exclusivity(unchecked) public internal(set) var queue: RequestQueue?
    /// The bytes of the prompt's text, tools included; 0 if it was refused before it was put in line.
    @exclusivity(unchecked) public internal(set) var promptBytes = 0
    /// The engine that ran it, once known.
    @exclusivity(unchecked) public internal(set) var engine: EngineName?
    /// Whether the model was in memory before, once known.
    @exclusivity(unchecked) public internal(set) var warm: Bool?
    /// The status that the caller saw; 499 for one who left before the head.
    @exclusivity(unchecked) public internal(set) var status = 0
    /// How it ended.
    @exclusivity(unchecked) public internal(set) var ending = Ending.completed
    /// Where it was when it ended.
    @exclusivity(unchecked) public internal(set) var phase = Phase.reading
    /// Waiting for a slot.
    @exclusivity(unchecked) public internal(set) var queueWait: Duration?
    /// How long the engine loaded the model while the request waited; nil if the model was there before.
    @exclusivity(unchecked) public internal(set) var loadTime: Duration?
    /// From the request to the engine until its first event.
    @exclusivity(unchecked) public internal(set) var firstEvent: Duration?
    /// From the arrival to the end.
    @exclusivity(unchecked) public internal(set) var total = Duration.zero
    /// The time that the service itself took: not waiting for a slot, an engine or the caller.
    @exclusivity(unchecked) public internal(set) var overhead: Duration?
    /// The true tokens, where the engine came to its end.
    @exclusivity(unchecked) public internal(set) var usage: TokenUsage?
    /// The pieces of the answer that passed, usually tokens: what is known where the engine did not come to its end.
    @exclusivity(unchecked) public internal(set) var pieces = 0
    /// The part of the generation that is this request's, above 0 and up to 1: less than 1 where several requests got
    /// the answer of one.
    @exclusivity(unchecked) public internal(set) var share: Double = 1
    /// The engine's own times, where it came to its end.
    @exclusivity(unchecked) public internal(set) var timings: EngineTimings?
    /// Why the engine stopped.
    @exclusivity(unchecked) public internal(set) var reason: GenerationSummary.Reason?

    /// The record of a request that has just arrived.
    init(
        requestID: RequestID,
        project: ProjectName,
        dialect: Dialect,
        operation: Operation,
        arrivedAt: Date,
        traceID: TraceID? = nil
    ) {
        self.requestID = requestID
        self.project = project
        self.dialect = dialect
        self.operation = operation
        self.arrivedAt = arrivedAt
        self.traceID = traceID
    }
}

extension RequestRecord {
    /// The tokens of the prompt that are booked to the project: this request's share of what the engine counted, 0 where
    /// it did not come to its end.
    public var bookedPromptTokens: Double {
        // An engine that lies does not give tokens back.
        Double(max(0, self.usage?.promptTokens ?? 0)) * self.share
    }

    /// The tokens of the answer that are booked to the project: this request's share of what the engine counted, or of
    /// what passed before it was stopped.
    public var bookedCompletionTokens: Double {
        Double(max(0, self.usage?.completionTokens ?? self.pieces)) * self.share
    }

    /// The phase in which the request was cancelled, by its caller, from elsewhere, by its deadline or by the end of the
    /// service; nil if it was not.
    public var cancelledPhase: Phase? {
        switch self.ending {
        case .completed: nil
        case .cancelled(let phase): phase
        case .failed(let error):
            [.cancelled, .deadlineExceeded, .shuttingDown].contains(error.code) ? self.phase : nil
        }
    }
}

/// A wire format.
public enum Dialect: String, Sendable {
    /// Ours, `/api/v1`.
    case native
    /// Ollama's, `/api`.
    case ollama
    /// OpenAI's, `/v1`.
    case openAI = "openai"
    /// Anthropic's, `/v1/messages`.
    case anthropic
}

/// What a request asks for.
public enum Operation: String, Sendable {
    /// Continue a prompt.
    case generate
    /// Answer a conversation.
    case chat
    /// Turn texts into vectors.
    case embed
    /// Write down what is said in a recording.
    case transcribe
}

/// Keeps what has become of requests: the log, the statistics, the usage ledger.
public protocol RequestRecorder: Sendable {
    /// Takes the record of a request that has just ended. Must not block.
    func record(_ record: RequestRecord)
}
