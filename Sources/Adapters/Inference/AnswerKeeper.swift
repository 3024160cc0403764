import Application
import Domain
import NIOCore
import Synchronization

/// Collects a streamed answer, so that the whole of it can be kept under the caller's key.
protocol AnswerKeeper<Frame>: Sendable {
    /// What the engine's answer consists of.
    associatedtype Frame: Sendable

    /// Takes the next piece.
    func add(_ frame: Frame)
    /// Keeps the answer, if it is whole and not too long.
    func keep(of exchange: Exchange<Frame>) async
    /// Gives the key back, unless an answer has been kept.
    func free()
}

/// Keeps an answer of events: rendered anew, as one piece.
final class EventKeeper<Form: EventForm>: AnswerKeeper {
    private let claim: IdempotencyClaim
    private let form: Form
    private let collector: Mutex<GenerationCollector>

    /// Starts with nothing.
    ///
    /// - Parameters:
    ///   - claim: the key.
    ///   - form: how the answer is told.
    ///   - limit: the longest answer that is collected, in bytes.
    init(_ claim: IdempotencyClaim, form: Form, limit: Int) {
        self.claim = claim
        self.form = form
        self.collector = Mutex(GenerationCollector(limit: limit))
    }

    func add(_ frame: GenerationEvent) {
        self.collector.withLock { $0.add(frame) }
    }

    func keep(of exchange: Exchange<GenerationEvent>) async {
        guard let result = self.collector.withLock({ $0.result }) else { return self.claim.free() }
        let body = self.form.stream(result, of: exchange)
        await self.claim.keep(StoredAnswer(status: 200, contentType: self.form.streamType, body: body))
    }

    func free() {
        self.claim.free()
    }
}

/// Keeps an answer of bytes: as they came.
final class BytesKeeper: AnswerKeeper {
    private let claim: IdempotencyClaim
    private let contentType: String
    private let limit: Int
    /// Nil once the answer is too long to be kept.
    private let bytes = Mutex<[UInt8]?>([])

    /// Starts with nothing; `limit` is the longest answer that is collected, in bytes.
    init(_ claim: IdempotencyClaim, contentType: String, limit: Int) {
        self.claim = claim
        self.contentType = contentType
        self.limit = limit
    }

    func add(_ frame: ByteBuffer) {
        self.bytes.withLock { bytes in
            let isTooLong = (bytes?.count ?? 0) + frame.readableBytes > self.limit
            if isTooLong { bytes = nil } else { bytes?.append(contentsOf: frame.readableBytesView) }
        }
    }

    func keep(of exchange: Exchange<ByteBuffer>) async {
        guard let body = self.bytes.withLock({ $0 }) else { return self.claim.free() }
        await self.claim.keep(StoredAnswer(status: 200, contentType: self.contentType, body: body))
    }

    func free() {
        self.claim.free()
    }
}
