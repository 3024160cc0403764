public import Domain

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension RequestRecord {
    /// When the sample arrived.
    public static let sampleTime = Date(timeIntervalSince1970: 1_800_000_000.123)

    /// The record of a request for a chat that was answered to its end.
    ///
    /// Only the layer itself can fill one, and so this file is built as a part of it.
    public static func sample(project: ProjectName, model: ModelName) -> RequestRecord {
        let record = RequestRecord(
            requestID: RequestID(generated: "0b1f6a5c9d7e4f3a8b2c1d0e5f6a7b8c"),
            project: project,
            dialect: .openAI,
            operation: .chat,
            arrivedAt: self.sampleTime
        )
        record.model = model
        record.requestClass = .normal
        record.queue = .chat
        record.promptBytes = 1_204
        record.engine = EngineName("gpu-1")
        record.warm = true
        record.status = 200
        record.phase = .decoding
        record.queueWait = .milliseconds(3)
        record.firstEvent = .microseconds(41_250)
        record.total = .microseconds(1_874_500)
        record.overhead = .microseconds(310)
        record.usage = TokenUsage(promptTokens: 301, completionTokens: 120, cachedTokens: 256)
        record.pieces = 120
        record.timings = EngineTimings(
            total: .microseconds(1_870_000),
            load: .microseconds(12_000),
            promptEvaluation: .microseconds(30_000),
            generation: .microseconds(1_820_000)
        )
        record.reason = .stop
        return record
    }
}
