import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Does with batches what is not running their items: reads their files, lets them expire, closes what was cancelled and
/// removes what is old.
public struct BatchKeeper: Sendable {
    /// What it goes by.
    public struct Settings: Sendable {
        /// The most lines of an input file.
        public var maxLines: Int
        /// The longest line, in bytes.
        public var maxLineBytes: Int
        /// How long batches that have ended, and files, are kept.
        public var retention: Duration
        /// How much is written in one transaction: whoever else writes waits for no more than that.
        public var piece = 1000
        /// The longest time between two looks.
        public var interval = Duration.seconds(30)
        /// The time until what failed is tried again.
        public var retry = Duration.seconds(3)

        /// Creates settings.
        public init(maxLines: Int, maxLineBytes: Int, retention: Duration) {
            self.maxLines = maxLines
            self.maxLineBytes = maxLineBytes
            self.retention = retention
        }
    }

    private let store: any BatchStore
    private let files: any FileStore
    private let bell: BatchBell
    private let clock: any ServiceClock
    private let metrics: any Metrics
    private let settings: Settings

    /// Creates it.
    public init(
        store: any BatchStore,
        files: any FileStore,
        bell: BatchBell,
        clock: any ServiceClock,
        metrics: any Metrics,
        settings: Settings
    ) {
        self.store = store
        self.files = files
        self.bell = bell
        self.clock = clock
        self.metrics = metrics
        self.settings = settings
    }

    /// Makes what a killed service left behind right again.
    ///
    /// It has to come to its end before anybody claims items or uploads files.
    ///
    /// - Throws: an error of the store.
    public func recover() async throws {
        try await self.files.recover()
        try await self.store.recover(at: self.clock.wallTime)
    }

    /// Does what is to be done, now and whenever something has come, until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            let pause: Duration
            do {
                let isClosing = try await self.pass()
                pause = isClosing ? self.settings.retry : try await self.untilNextDeadline()
            } catch {
                // The store cannot be written, or is being closed: nothing is lost, it is done later.
                pause = self.settings.retry
            }
            await self.bell.waitAsKeeper(atMost: pause, on: self.clock)
        }
    }

    /// Does what is to be done now.
    ///
    /// - Returns: whether a batch is closing whose last items still run.
    /// - Throws: an error of the store.
    func pass() async throws -> Bool {
        for id in try await self.store.overdue(at: self.clock.wallTime) {
            _ = try await self.move(id) { $0.expire(at: $1) }
        }
        for id in try await self.store.unread() {
            try await self.read(id)
            self.bell.ringRunner()
        }
        for id in try await self.store.closing() { try await self.close(id) }
        let now = self.clock.wallTime
        let limit = now.addingTimeInterval(-self.settings.retention.inSeconds)
        try await self.repeated { try await self.files.removeExpired(at: now, atMost: $0) }
        try await self.repeated { try await self.store.removeEnded(before: limit, atMost: $0) }
        return try await !self.store.closing().isEmpty
    }

    private func untilNextDeadline() async throws -> Duration {
        guard let next = try await self.store.nextDeadline() else { return self.settings.interval }
        let seconds = next.timeIntervalSince(self.clock.wallTime)
        return min(self.settings.interval, .milliseconds(Int64(max(0, min(seconds, 3600)) * 1000) + 1))
    }

    // MARK: Reading

    /// Reads the file of a batch: it runs then, or has failed.
    private func read(_ id: BatchID) async throws {
        // What a killed service had read of it.
        try await self.removeItems(of: id)
        guard let batch = try await self.store.batch(id), batch.status == .validating else { return }
        let limits = BatchInputReader.Limits(lines: self.settings.maxLines, lineBytes: self.settings.maxLineBytes)
        var reader = BatchInputReader(endpoint: batch.endpoint, limits: limits)
        var count = 0
        if let content = try await self.files.input(of: id) {
            var isAtEnd = false
            while !isAtEnd, !reader.isHopeless {
                let piece: [UInt8]?
                do {
                    piece = try await content.next()
                } catch {
                    try Task.checkCancellation()
                    reader.note(BatchProblem(.unreadableFile, "The content of the input file cannot be read."))
                    break
                }
                isAtEnd = piece == nil
                let lines = piece.map { reader.take($0) } ?? reader.end()
                // With a problem nothing of it will run; the rest is read for its problems, of which twins are seen by the store.
                guard !lines.isEmpty, reader.problems.allSatisfy({ $0.code == .duplicateCustomID }) else { continue }
                guard let twins = try await self.store.add(lines, to: id) else {
                    return try await self.removeItems(of: id)
                }
                count += lines.count - twins.count
                for index in twins { reader.note(.duplicate(lines[index])) }
            }
        } else {
            reader.note(BatchProblem(.unreadableFile, "The content of the input file is gone."))
        }
        let problems = reader.problems
        let items = count
        let moved = try await self.move(id) { batch, now in
            if problems.isEmpty { batch.begin(items: items, at: now) } else { batch.fail(problems, at: now) }
        }
        if moved?.status != .inProgress { try await self.removeItems(of: id) }
    }

    private func removeItems(of id: BatchID) async throws {
        try await self.repeated { try await self.store.removeItems(of: id, atMost: $0) }
    }

    // MARK: Closing

    private func close(_ id: BatchID) async throws {
        try await self.repeated { limit in
            let closed = try await self.store.close(id, atMost: limit, at: self.clock.wallTime)
            self.metrics.count(closed, ofItems: "unanswered")
            return closed
        }
        self.bell.ringRunner()
    }

    private func move(_ id: BatchID, _ move: @escaping @Sendable (inout Batch, Date) -> Void) async throws -> Batch? {
        let now = self.clock.wallTime
        return try await self.store.change(id) { move(&$0, now) }
    }

    /// Does something piece by piece until nothing is left of it.
    private func repeated(_ body: (Int) async throws -> Int) async throws {
        while try await body(self.settings.piece) == self.settings.piece { try Task.checkCancellation() }
    }
}

extension BatchProblem {
    fileprivate static func duplicate(_ line: BatchLine) -> BatchProblem {
        BatchProblem(
            .duplicateCustomID,
            "Another line has the custom_id '\(line.customID.prefix(100))' already.",
            param: "custom_id",
            line: line.line
        )
    }
}

extension Metrics {
    /// Counts items of batches that got an outcome.
    func count(_ amount: Int, ofItems outcome: String) {
        if amount > 0 { self.add(amount, to: .batchItemsEnded, [MetricLabel("outcome", outcome)]) }
    }
}
