import Application
import Domain
import NIOCore

/// An engine's answer as bytes that pass through.
final class EngineByteAnswer: ModelAnswer {
    private let head: ResponseHead
    private let call: EngineCall
    private let deadlines: EngineDeadlines

    init(head: ResponseHead, call: EngineCall, deadlines: EngineDeadlines) {
        self.head = head
        self.call = call
        self.deadlines = deadlines
    }

    deinit {
        // Nothing happens if it has come to its end.
        self.call.cancel(ServiceError.callerLeft)
    }

    var status: Int { self.head.status }

    var contentType: String? { self.head.contentType }

    var length: Int? { self.head.contentLength }

    func next() async throws -> [UInt8]? {
        do {
            return try await withTaskCancellationHandler {
                try await self.call.next().map { Array($0.readableBytesView) }
            } onCancel: {
                self.call.cancel(ServiceError.callerLeft)
            }
        } catch let failure as TransportFailure {
            throw EngineErrors.error(for: failure, deadlines: self.deadlines)
        }
    }

    func buffered() -> [UInt8]? {
        self.call.buffered().map { Array($0.readableBytesView) }
    }

    func cancel(_ error: ServiceError) {
        self.call.cancel(error)
    }
}
