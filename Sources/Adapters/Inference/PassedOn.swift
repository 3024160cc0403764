import Application
import Domain
import NIOCore

/// A form of answers whose bytes are already what the caller is to get.
protocol PassingForm: AnswerForm where Frames == PassedOn {
    /// The `Content-Type` of an answer that is not streamed, where the engine gives none.
    var wholeType: String { get }
}

extension PassingForm {
    func frames(of exchange: Exchange<ByteBuffer>) -> PassedOn { PassedOn() }

    func keeper(_ claim: IdempotencyClaim, limit: Int) -> any AnswerKeeper<ByteBuffer> {
        BytesKeeper(claim, contentType: self.streamType, limit: limit)
    }

    func whole(_ exchange: Exchange<ByteBuffer>) async throws -> StoredAnswer {
        let body = try await exchange.collectBytes()
        let type = exchange.notices.contentType ?? self.wholeType
        return StoredAnswer(status: 200, contentType: type, body: body)
    }
}

/// Frames that are passed on as they are.
struct PassedOn: AnswerFrames {
    /// Whether the last of them ends in the middle of a line.
    private(set) var isInLine = false

    mutating func append(_ frame: ByteBuffer, of exchange: Exchange<ByteBuffer>, to buffer: inout ByteBuffer) -> Bool {
        var frame = frame
        // The first piece is not copied, and mostly it is the only one.
        if buffer.readableBytes == 0 { buffer = frame } else { buffer.writeBuffer(&frame) }
        self.isInLine = buffer.getInteger(at: buffer.writerIndex - 1, as: UInt8.self) != 0x0A
        return exchange.isComplete
    }
}

extension Exchange where Frame == ByteBuffer {
    /// The largest answer that is given as one body, in bytes.
    private static var limit: Int { 134_217_728 }

    /// Pulls all bytes.
    ///
    /// - Throws: ``ServiceError`` if the engine failed, or its answer is longer than is given as one body.
    func collectBytes() async throws -> [UInt8] {
        try await withTaskCancellationHandler {
            var body: [UInt8] = []
            while let piece = try await self.next() {
                guard body.count + piece.readableBytes <= Self.limit else {
                    throw self.fail(ServiceError(.engineError, "The engine's answer is too long."))
                }
                body.append(contentsOf: piece.readableBytesView)
            }
            return body
        } onCancel: {
            self.cancel(.callerLeft)
        }
    }
}
