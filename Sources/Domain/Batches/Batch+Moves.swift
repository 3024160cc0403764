#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The state machine of a batch: `validating` → `in_progress` → `finalizing` → `completed` or `expired`;
/// `cancelling` → `cancelled` and `failed` on the way.
///
/// A move that is not possible any more changes nothing, except where a caller asked for it and has to be told.
extension Batch {
    // MARK: For its owner

    /// Starts cancelling; a batch that is being cancelled stays as it is.
    ///
    /// - Throws: ``ServiceError`` `conflict` if it has ended or expires.
    public mutating func cancel(at now: Date) throws {
        switch self.status {
        case .cancelling: return
        case .validating, .inProgress:
            self.status = .cancelling
            self.cancellingAt = now
            self.pausedAt = nil
            self.settle(at: now)
        case .finalizing, .failed, .completed, .expired, .cancelled: throw self.conflict("cancelled")
        }
    }

    /// Lets nothing of it start until it is resumed; its window goes on.
    ///
    /// - Throws: ``ServiceError`` `conflict` if it has ended, expires or is being cancelled.
    public mutating func pause(at now: Date) throws {
        guard self.status == .validating || self.status == .inProgress else { throw self.conflict("paused") }
        if self.pausedAt == nil { self.pausedAt = now }
    }

    /// Lets it go on.
    ///
    /// - Throws: ``ServiceError`` `conflict` if it has ended, expires or is being cancelled.
    public mutating func resume(at now: Date) throws {
        guard self.status == .validating || self.status == .inProgress else { throw self.conflict("resumed") }
        guard self.pausedAt != nil else { return }
        self.pausedAt = nil
        self.measurePace(from: now)
    }

    private func conflict(_ what: String) -> ServiceError {
        ServiceError(
            .conflict,
            "A batch with the status '\(self.status.rawValue)' cannot be \(what).",
            isRetryable: false
        )
    }

    // MARK: For the service

    /// Its file is a batch of so many items.
    public mutating func begin(items: Int, at now: Date) {
        guard self.status == .validating else { return }
        self.counts.total = items
        self.status = .inProgress
        self.inProgressAt = now
        self.measurePace(from: now)
    }

    /// Its file cannot be one.
    public mutating func fail(_ problems: [BatchProblem], at now: Date) {
        guard self.status == .validating else { return }
        self.status = .failed
        self.failedAt = now
        self.pausedAt = nil
        self.errors = problems
    }

    /// Its window has ended.
    public mutating func expire(at now: Date) {
        guard self.status == .validating || self.status == .inProgress else { return }
        self.status = .finalizing
        self.finalizingAt = now
        self.isExpiring = true
        self.pausedAt = nil
        self.settle(at: now)
    }

    /// Some of its items run now.
    public mutating func start(items: Int) {
        self.running += items
    }

    /// Some of them do not run any more and have no outcome.
    public mutating func giveBack(items: Int) {
        self.running = max(0, self.running - items)
    }

    /// An item has its outcome.
    ///
    /// `wasRunning`: false for what ended before it ran.
    public mutating func note(_ outcome: BatchOutcome, usage: TokenUsage?, wasRunning: Bool) {
        if wasRunning { self.giveBack(items: 1) }
        if outcome.isSuccess { self.counts.completed += 1 } else { self.counts.failed += 1 }
        if let usage { self.usage.add(usage) }
    }

    /// Ends it if no item is open.
    public mutating func settle(at now: Date) {
        guard self.counts.open == 0, self.running == 0 else { return }
        switch self.status {
        case .inProgress:
            self.status = .completed
            self.finalizingAt = now
            self.completedAt = now
            self.pausedAt = nil
        case .finalizing:
            self.status = .expired
            self.expiredAt = now
        case .cancelling:
            self.status = .cancelled
            self.cancelledAt = now
        case .validating, .failed, .completed, .expired, .cancelled: return
        }
    }

    /// The service was restarted: nothing runs, and the pace is measured anew.
    public mutating func restart(at now: Date) {
        self.running = 0
        self.measurePace(from: now)
    }

    /// The lines of items that succeeded, or of all others, are in this file.
    public mutating func write(to file: FileID, ofSuccesses: Bool) {
        if ofSuccesses { self.outputFile = file } else { self.errorFile = file }
    }

    private mutating func measurePace(from now: Date) {
        guard self.inProgressAt != nil else { return }
        self.paceSince = now
        self.paceFrom = self.counts.completed + self.counts.failed
    }

    // MARK: What follows

    /// Whether items of it may start.
    public var mayRun: Bool { self.status == .inProgress && self.pausedAt == nil }

    /// Why items that have not run get no answer any more; nil while they may.
    public var closingReason: BatchOutcome.Reason? {
        switch self.status {
        case .finalizing: .expired
        case .cancelling: .cancelled
        default: nil
        }
    }

    /// When it ended; nil while it has not.
    public var endedAt: Date? { self.completedAt ?? self.failedAt ?? self.expiredAt ?? self.cancelledAt }

    /// When its last item will end if it goes on as it has; nil where nothing is known.
    public func estimatedEnd(at now: Date) -> Date? {
        guard self.mayRun, let since = self.paceSince else { return nil }
        let done = self.counts.completed + self.counts.failed - self.paceFrom
        let elapsed = now.timeIntervalSince(since)
        guard done > 0, elapsed > 0 else { return nil }
        return now.addingTimeInterval(elapsed / Double(done) * Double(self.counts.open))
    }
}
