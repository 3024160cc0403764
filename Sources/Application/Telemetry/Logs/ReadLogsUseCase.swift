/// Reads logs for operators: the last lines, and what comes behind them.
public struct ReadLogsUseCase: Sendable {
    private let archive: any LogArchive
    private let clock: any ServiceClock

    /// How often a log is looked at that is followed.
    private static let interval = Duration.milliseconds(500)

    /// Creates the use case.
    ///
    /// - Parameters:
    ///   - archive: where the logs are.
    ///   - clock: the time.
    public init(archive: any LogArchive, clock: any ServiceClock) {
        self.archive = archive
        self.clock = clock
    }

    /// The logs that there are.
    ///
    /// - Throws: an error of the file system.
    public func logs() async throws -> [LogFile] {
        try await self.archive.logs()
    }

    /// The last lines of a log that are wanted, oldest first.
    ///
    /// - Throws: an error of the file system.
    public func tail(_ log: LogName, _ query: LogQuery) async throws -> LogPiece {
        try await self.archive.tail(log, query)
    }

    /// The lines that are wanted of what is written behind a place; waits for a moment where nothing has been.
    ///
    /// - Parameters:
    ///   - log: the log.
    ///   - query: which lines are wanted.
    ///   - position: up to where it is known.
    /// - Returns: the lines, which may be none, and up to where it is known then.
    /// - Throws: an error of the file system, `CancellationError`.
    public func next(_ log: LogName, _ query: LogQuery, after position: LogPosition) async throws -> LogPiece {
        var piece = try await self.archive.next(log, after: position)
        // What came in a heap is handed on at once.
        guard piece.bytes.isEmpty else {
            piece.bytes = ReadLogsUseCase.wanted(piece.bytes, query)
            return piece
        }
        try await self.clock.sleep(for: Self.interval)
        return piece
    }

    /// The lines that are wanted.
    private static func wanted(_ bytes: [UInt8], _ query: LogQuery) -> [UInt8] {
        guard !query.text.isEmpty else { return bytes }
        let newline = UInt8(ascii: "\n")
        return bytes.split(separator: newline).filter { query.wants($0) }.flatMap { $0 + [newline] }
    }
}
