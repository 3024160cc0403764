import AsyncHTTPClient
import NIOCore

/// The results of a batch, line by line, as they are read: first the answers, then what was not answered, each in the order of
/// the batch.
///
/// - Note: each iteration reads the files anew. Of a batch that is not over it is what is there so far.
public struct BatchResults: AsyncSequence, Sendable {
    /// A result.
    public typealias Element = BatchResult
    /// ``SharedOllamaError``, or `CancellationError`.
    public typealias Failure = any Error

    let caller: Caller
    let files: [String]

    /// Begins to read.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(caller: self.caller, files: self.files.reversed())
    }

    /// Reads the results once.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private struct OpenFile {
            let id: String
            let deadline: CallDeadline
            var body: HTTPClientResponse.Body.AsyncIterator
            var splitter: LineSplitter
        }

        let caller: Caller
        /// Files that have not been opened, the next one last.
        var files: [String]
        private var file: OpenFile?
        /// Lines that have arrived, the next one last.
        private var lines: [[UInt8]] = []

        init(caller: Caller, files: [String]) {
            self.caller = caller
            self.files = files
        }

        /// The next result; nil after the last.
        ///
        /// - Throws: ``SharedOllamaError``; `CancellationError` if the task was cancelled.
        public mutating func next() async throws -> BatchResult? { try await self.next(isolation: nil) }

        /// The next result; nil after the last.
        ///
        /// - Throws: ``SharedOllamaError``; `CancellationError` if the task was cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> BatchResult? {
            do {
                while true {
                    if let line = self.lines.popLast() {
                        guard !line.isEmpty else { continue }
                        return try BatchResult(JSONParser.parse(line), wire: self.caller.wire)
                    }
                    guard let open = self.file else {
                        guard let id = self.files.popLast() else { return nil }
                        self.file = try await AsyncIterator.open(id, by: self.caller)
                        continue
                    }
                    try await self.read(open, isolation: actor)
                }
            } catch {
                (self.file, self.files, self.lines) = (nil, [], [])
                throw error
            }
        }

        private static func open(_ file: String, by caller: Caller) async throws -> OpenFile {
            let id = RequestIdentifier.make()
            let path = "/v1/files/\(RequestIdentifier.escaped(file))/content"
            let opened = try await caller.open(.get(path), CallSettings(), requestID: id)
            let limit = caller.configuration.maximumAnswerBytes
            return OpenFile(
                id: id,
                deadline: opened.deadline,
                body: opened.response.body.makeAsyncIterator(),
                splitter: LineSplitter(limit: limit)
            )
        }

        private mutating func read(_ open: OpenFile, isolation: isolated (any Actor)?) async throws {
            var open = open
            let piece: ByteBuffer? = try await self.caller.naming(open.id, .body, open.deadline, isolation: isolation) {
                try await open.body.next(isolation: isolation)
            }
            if let piece {
                self.lines = try open.splitter.take(piece.readableBytesView).reversed()
                self.file = open
            } else {
                try Task.checkCancellation()
                self.lines = [open.splitter.finish()]
                self.file = nil
            }
        }
    }
}
