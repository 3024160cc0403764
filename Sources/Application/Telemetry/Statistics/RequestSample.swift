public import Domain

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What the statistics remember of one of the latest requests.
public struct RequestSample: Sendable, Equatable {
    /// How a request ended, as the statistics tell it.
    public enum Outcome: Sendable, Equatable {
        /// The caller got the whole answer.
        case completed
        /// It failed.
        case failed
        /// Its queue was full.
        case rejected
        /// It waited for as long as it, or its caller, wanted.
        case timedOut
        /// The caller left.
        case cancelled
    }

    /// Its id.
    public let requestID: RequestID
    /// When it arrived.
    public let arrivedAt: Date
    /// When it ended.
    public let endedAt: MonotonicInstant
    /// Who called; nil for one of those that have no statistics of their own.
    public let project: ProjectName?
    /// The model; nil where it was never known, or has no statistics of its own.
    public let model: ModelName?
    /// What it asked for.
    public let operation: Operation
    /// Its queue; nil if it was refused before it was put in line.
    public let queue: RequestQueue?
    /// How it ended.
    public let outcome: Outcome
    /// With which error.
    public let errorCode: ServiceError.Code?
    /// From its arrival to its end.
    public let total: Duration
    /// Waiting for a slot; nil if it got none.
    public let queueWait: Duration?
    /// Whether the model was in memory before, once known.
    public let warm: Bool?
    /// The engine's own times, where it came to its end.
    public let timings: EngineTimings?
    /// The tokens of the answer that are booked.
    public let completionTokens: Double
}

extension RequestSample.Outcome {
    /// The outcome of a record.
    init(of record: RequestRecord) {
        switch record.ending {
        case .completed: self = .completed
        case .cancelled: self = .cancelled
        case .failed(let error):
            switch (error.code, record.phase) {
            case (.queueFull, _): self = .rejected
            case (.queueTimeout, _), (.deadlineExceeded, .queued): self = .timedOut
            case (.cancelled, _): self = .cancelled
            default: self = .failed
            }
        }
    }
}
