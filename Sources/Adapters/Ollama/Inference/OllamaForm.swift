import Application
import Domain
import NIOCore
import Synchronization

/// The form of answers in Ollama's words: bytes that are already what the caller is to get.
struct OllamaForm: AnswerForm {
    static let wholeType = "application/json; charset=utf-8"
    /// The largest answer that is given as one body, in bytes.
    private static let limit = 134_217_728

    let streamType = "application/x-ndjson"
    let takesComments = false
    private let isInLine = Flag()

    func frames(of exchange: Exchange<ByteBuffer>) -> PassedOn { PassedOn(isInLine: self.isInLine) }

    func appendFailure(_ error: ServiceError, requestID: RequestID, to buffer: inout ByteBuffer) {
        // An engine may have broken off in the middle of a line.
        if self.isInLine.value.load(ordering: .relaxed) { buffer.writeStaticString("\n") }
        buffer.writeBytes(ErrorShape.ollama.body(of: error, requestID: requestID))
        buffer.writeStaticString("\n")
    }

    func keeper(_ claim: IdempotencyClaim, limit: Int) -> any AnswerKeeper<ByteBuffer> {
        BytesKeeper(claim, contentType: self.streamType, limit: limit)
    }

    func whole(_ exchange: Exchange<ByteBuffer>) async throws -> StoredAnswer {
        let body = try await withTaskCancellationHandler {
            var body: [UInt8] = []
            while let piece = try await exchange.next() {
                guard body.count + piece.readableBytes <= OllamaForm.limit else {
                    throw exchange.fail(ServiceError(.engineError, "The engine's answer is too long."))
                }
                body.append(contentsOf: piece.readableBytesView)
            }
            return body
        } onCancel: {
            exchange.cancel(.callerLeft)
        }
        let type = exchange.notices.contentType ?? OllamaForm.wholeType
        return StoredAnswer(status: 200, contentType: type, body: body)
    }

    /// Frames that are passed on as they are.
    struct PassedOn: AnswerFrames {
        fileprivate let isInLine: Flag

        func append(_ frame: ByteBuffer, of exchange: Exchange<ByteBuffer>, to buffer: inout ByteBuffer) -> Bool {
            var frame = frame
            // The first piece is not copied, and mostly it is the only one.
            if buffer.readableBytes == 0 { buffer = frame } else { buffer.writeBuffer(&frame) }
            self.isInLine.value.store(buffer.readableBytesView.last != 0x0A, ordering: .relaxed)
            return exchange.isComplete
        }
    }
}

/// A truth that an answer's form and its frames share.
private final class Flag: Sendable {
    let value = Atomic(false)
}

/// The model's name as the caller spelt it, for an error that comes after the body has been read.
final class ModelSpelling: Sendable {
    private let name = Mutex("")

    func set(_ name: String) { self.name.withLock { $0 = name } }
    func get() -> String { self.name.withLock { $0 } }
}
