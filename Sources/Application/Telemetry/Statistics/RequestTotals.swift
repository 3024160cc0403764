import Domain

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What has become of some requests, in sums.
public struct RequestTotals: Sendable {
    /// How many models are counted by name; the others are together ``others``.
    static let modelLimit = 256
    /// What stands for models that are not counted by name.
    public static let others = "other"

    /// How many there were.
    public private(set) var count = 0
    /// Those whose caller got the whole answer.
    public private(set) var successful = 0
    /// How many there were for each model, by its canonical name; those are left out whose model was never known.
    public private(set) var byModel: [String: Int] = [:]
    /// How many there were of each operation; those with images are `vlm`.
    public private(set) var byOperation: [String: Int] = [:]
    /// How many ended with each error code; those whose caller left are `cancelled`.
    public private(set) var byError: [String: Int] = [:]
    /// When the first of them arrived.
    public private(set) var first: Date?
    /// When the last of them arrived.
    public private(set) var last: Date?
    private var durations = DurationHistogram()

    /// Nothing.
    init() {}

    /// All those that did not succeed.
    public var failed: Int { self.count - self.successful }
    /// How long they took on average.
    public var meanDuration: Duration { self.durations.mean }

    /// What a part of them took at most, above 0 and up to 1; exact to 1.6 %.
    public func duration(percentile part: Double) -> Duration { self.durations.percentile(part) }

    mutating func add(_ sample: RequestSample) {
        self.count += 1
        if sample.outcome == .completed { self.successful += 1 }
        if let model = sample.model { self.addModel(model.canonical, 1) }
        let operation = sample.queue == .vlm ? RequestQueue.vlm.rawValue : sample.operation.rawValue
        self.byOperation[operation, default: 0] += 1
        let cancelled = sample.outcome == .cancelled ? ServiceError.Code.cancelled : nil
        if let code = sample.errorCode ?? cancelled { self.byError[code.rawValue, default: 0] += 1 }
        self.first = self.first.map { min($0, sample.arrivedAt) } ?? sample.arrivedAt
        self.last = self.last.map { max($0, sample.arrivedAt) } ?? sample.arrivedAt
        self.durations.add(sample.total)
    }

    mutating func add(_ other: RequestTotals) {
        self.count += other.count
        self.successful += other.successful
        for (model, count) in other.byModel { self.addModel(model, count) }
        self.byOperation.merge(other.byOperation, uniquingKeysWith: +)
        self.byError.merge(other.byError, uniquingKeysWith: +)
        self.first = [self.first, other.first].compactMap(\.self).min()
        self.last = [self.last, other.last].compactMap(\.self).max()
        self.durations.add(other.durations)
    }

    private mutating func addModel(_ name: String, _ count: Int) {
        let isCounted = self.byModel[name] != nil || self.byModel.count < RequestTotals.modelLimit
        self.byModel[isCounted ? name : RequestTotals.others, default: 0] += count
    }
}
