import Domain
import Foundation
import TestSupport

@testable import Application
@testable import Infrastructure

/// The stores of files and batches on a database of their own, with a keeper and a clock that stands still.
struct StoreBench {
    let directory: String
    let database: ServiceDatabase
    let contents: ContentDirectory
    let files: SQLiteFileStore
    let batches: SQLiteBatchStore
    let metrics = RecordingMetrics()
    static let start = Date(timeIntervalSince1970: 1_000_000)
    static let bounds = FileBounds(filesPerProject: 10, storageBytes: 10_000_000)

    /// Opens what a killed process may have left in the directory.
    init(_ directory: String) throws {
        self.directory = directory
        self.database = try ServiceDatabase(directory: directory, logger: CollectedLog().logger)
        self.contents = try ContentDirectory(in: directory)
        self.files = SQLiteFileStore(database: self.database, contents: self.contents, ids: RandomIDGenerator())
        self.batches = SQLiteBatchStore(database: self.database, contents: self.contents, ids: RandomIDGenerator())
    }

    static func with(_ body: (StoreBench) async throws -> Void) async throws {
        try await TemporaryDirectory.with { try await body(StoreBench($0)) }
    }

    /// The names in the directory of contents.
    var contentNames: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: self.contents.path).sorted() }
    }

    func upload(
        _ text: String,
        project: String = "search",
        bounds: FileBounds = StoreBench.bounds
    ) async throws -> StoredFile {
        let upload = try await self.files.beginUpload(within: bounds)
        try await upload.write(Array(text.utf8))
        return try await upload.finish(try Self.file(project))
    }

    static func file(_ project: String = "search", expiresAt: Date? = nil) throws -> StoredFile {
        StoredFile(
            id: FileID(generated: RandomIDGenerator().next()),
            project: try ProjectName(project),
            filename: "a.jsonl",
            purpose: .batch,
            bytes: 0,
            createdAt: Self.start,
            expiresAt: expiresAt
        )
    }

    func text(of id: FileID) async throws -> String? {
        try await self.files.content(of: id).asyncText()
    }

    /// The lines of a file, parsed.
    func lines(of id: FileID?) async throws -> [JSONObject] {
        guard let id, let text = try await self.text(of: id) else { return [] }
        return try text.split(separator: "\n").compactMap { try JSONParser.parse(Array($0.utf8)).object }
    }

    static func line(_ id: String, model: String = "m") -> String {
        #"{"custom_id": "\#(id)", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "\#(model)", "n": "\#(id)"}}"#
    }

    /// A batch of a file of these lines, not read yet.
    func add(_ lines: [String], project: String = "search", window: String = "24h") async throws -> Batch {
        let file = try await self.upload(lines.joined(separator: "\n"), project: project)
        return try await self.add(file, window: window)
    }

    func add(_ file: StoredFile, window: String = "24h", outputLife: Duration? = nil) async throws -> Batch {
        let batch = Batch(
            id: BatchID(generated: RandomIDGenerator().next()),
            project: file.project,
            endpoint: .chatCompletions,
            inputFile: file.id,
            window: try BatchWindow(window, maxDays: 30),
            metadata: [BatchLabel(key: "k", value: "v\"")],
            outputLife: outputLife,
            createdAt: Self.start
        )
        try await self.batches.add(batch, atMost: 100)
        return batch
    }

    func keeper(_ clock: FixedClock = FixedClock(StoreBench.start), piece: Int = 2) -> BatchKeeper {
        var settings = BatchKeeper.Settings(maxLines: 50_000, maxLineBytes: 1_000_000, retention: .seconds(86_400))
        settings.piece = piece
        return BatchKeeper(
            store: self.batches,
            files: self.files,
            bell: BatchBell(),
            clock: clock,
            metrics: self.metrics,
            settings: settings
        )
    }

    /// A batch of these lines that runs.
    func running(_ lines: [String], project: String = "search", window: String = "24h") async throws -> Batch {
        let batch = try await self.add(lines, project: project, window: window)
        _ = try await self.keeper().pass()
        return try await self.now(batch.id)
    }

    func now(_ id: BatchID) async throws -> Batch {
        guard let batch = try await self.batches.batch(id) else { throw Missing() }
        return batch
    }

    struct Missing: Error {}

    static func result(_ item: BatchItem, status: Int = 200) -> BatchResult {
        BatchResult(
            item: item.id,
            outcome: .answered(
                status: status,
                requestID: RequestID(generated: "r-\(item.customID)"),
                body: item.body
            ),
            usage: TokenUsage(promptTokens: 2, completionTokens: 3)
        )
    }
}

extension Optional where Wrapped == any FileContent {
    func asyncText() async throws -> String? {
        guard let content = self else { return nil }
        var bytes: [UInt8] = []
        while let piece = try await content.next() { bytes += piece }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A clock whose time is what a test says.
struct FixedClock: ServiceClock {
    let wallTime: Date

    init(_ wallTime: Date) {
        self.wallTime = wallTime
    }

    var now: MonotonicInstant { MonotonicInstant(nanoseconds: 0) }

    func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
    }
}
