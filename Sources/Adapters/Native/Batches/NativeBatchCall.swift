import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// One call with several requests on its way to its answer.
struct NativeBatchCall: Sendable {
    /// Runs the items and tells each answer with its index.
    typealias Run =
        @concurrent @Sendable (CallersBatch, @concurrent (Int, BatchItemAnswer) async throws -> Void) async throws ->
        Void

    /// The type of an answer that tells each result as it comes.
    static let lineType = "application/x-ndjson"

    let id: String
    let batch: CallersBatch
    let run: Run
    let claim: IdempotencyClaim?
    let context: ServiceContext
    let arrival: MonotonicInstant
    let clock: any ServiceClock

    /// All results in the order of the requests, once the last is there.
    ///
    /// - Throws: `CancellationError` if the caller leaves.
    func whole() async throws -> Response {
        let results = Mutex([[UInt8]](repeating: [], count: self.batch.requests.count))
        let tally = Mutex(0)
        try await self.run(self.batch) { index, answer in
            let result = NativeBatchCall.result(index, answer)
            results.withLock { $0[index] = result }
            if answer.error == nil { tally.withLock { $0 += 1 } }
        }
        self.context.watch?.disarm()
        let all = results.withLock { $0 }
        var writer = JSONWriter(capacity: all.reduce(512) { $0 + $1.count + 1 })
        writer.object { writer in
            self.writeFigures(successful: tally.withLock { $0 }, to: &writer)
            writer.key("results")
            writer.array(all) { $0.raw($1) }
        }
        let answer = StoredAnswer(
            status: 200,
            contentType: "application/json; charset=utf-8",
            body: writer.bytes
        )
        await self.claim?.keep(answer)
        return Response(
            status: .ok,
            headers: [.contentType: answer.contentType, .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: answer.body))
        )
    }

    /// Each result as a line, as it comes; the last line has the figures.
    var streamed: Response {
        Response(
            status: .ok,
            headers: [.contentType: Self.lineType, .cacheControl: "no-store", .xAccelBuffering: "no"],
            body: ResponseBody { writer in
                defer {
                    self.context.watch?.disarm()
                    // What did not come to its end leaves the key to the next call.
                    self.claim?.free()
                }
                try await self.write(to: &writer)
                try await writer.finish(nil)
            }
        )
    }

    @concurrent
    private func write(to writer: inout any ResponseBodyWriter) async throws {
        var (told, successful): ([UInt8], Int) = ([], 0)
        try await self.run(self.batch) { index, answer in
            let line = NativeBatchCall.result(index, answer) + [0x0A]
            if answer.error == nil { successful += 1 }
            if self.claim != nil { told += line }
            try await writer.write(ByteBuffer(bytes: line))
        }
        var figures = JSONWriter()
        figures.object { self.writeFigures(successful: successful, to: &$0) }
        let last = figures.bytes + [0x0A]
        await self.claim?.keep(StoredAnswer(status: 200, contentType: Self.lineType, body: told + last))
        try await writer.write(ByteBuffer(bytes: last))
    }

    // MARK: Parts

    /// `{index, success: true, result}` or `{index, success: false, error, error_type, status}`.
    private static func result(_ index: Int, _ answer: BatchItemAnswer) -> [UInt8] {
        var writer = JSONWriter(capacity: answer.body.count + 64)
        writer.object { writer in
            writer.field("index", index)
            writer.field("success", answer.error == nil)
            if let error = answer.error {
                writer.field("error", error.message)
                writer.field("error_type", error.code.rawValue)
                writer.field("status", answer.status)
                writer.field("request_id", answer.requestID.description)
            } else {
                writer.key("result")
                writer.raw(answer.body)
            }
        }
        return writer.bytes
    }

    private func writeFigures(successful: Int, to writer: inout JSONWriter) {
        writer.field("batch_id", self.id)
        writer.field("total_requests", self.batch.requests.count)
        writer.field("successful", successful)
        writer.field("failed", self.batch.requests.count - successful)
        writer.field("total_time_ms", NativeAnswers.rounded(self.clock.now - self.arrival))
    }
}
