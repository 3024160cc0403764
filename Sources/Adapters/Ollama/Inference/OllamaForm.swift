import Application
import Domain
import NIOCore
import Synchronization

/// The form of answers in Ollama's words: bytes that are already what the caller is to get.
struct OllamaForm: PassingForm {
    static let wholeType = "application/json; charset=utf-8"

    let streamType = "application/x-ndjson"
    let takesComments = false

    var wholeType: String { OllamaForm.wholeType }

    func appendFailure(_ error: ServiceError, requestID: RequestID, to buffer: inout ByteBuffer) {
        buffer.writeBytes(ErrorShape.ollama.body(of: error, requestID: requestID))
        buffer.writeStaticString("\n")
    }

    func appendFailure(
        _ error: ServiceError,
        after frames: PassedOn,
        requestID: RequestID,
        to buffer: inout ByteBuffer
    ) {
        // An engine may have broken off in the middle of a line.
        if frames.isInLine { buffer.writeStaticString("\n") }
        self.appendFailure(error, requestID: requestID, to: &buffer)
    }
}

/// The model's name as the caller spelt it, for an error that comes after the body has been read.
final class ModelSpelling: Sendable {
    private let name = Mutex("")

    func set(_ name: String) { self.name.withLock { $0 = name } }
    func get() -> String { self.name.withLock { $0 } }
}
