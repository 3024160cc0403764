import Application
import Domain
import Synchronization

/// Collects what a stream says, so that its whole answer can be kept under the caller's key.
final class StreamClaim: Sendable {
    private let claim: IdempotencyClaim
    private let collector: Mutex<GenerationCollector>

    /// Starts with nothing.
    ///
    /// - Parameters:
    ///   - claim: the key.
    ///   - limit: the longest answer that is collected, in bytes.
    init(_ claim: IdempotencyClaim, limit: Int) {
        self.claim = claim
        self.collector = Mutex(GenerationCollector(limit: limit))
    }

    /// Takes the next event.
    func add(_ event: GenerationEvent) {
        self.collector.withLock { $0.add(event) }
    }

    /// Keeps the answer, if it is whole and not too long; `render` makes its body, as it is to be given again.
    func keep(contentType: String, _ render: (GenerationResult) -> [UInt8]) async {
        guard let result = self.collector.withLock({ $0.result }) else { return self.claim.free() }
        await self.claim.keep(StoredAnswer(status: 200, contentType: contentType, body: render(result)))
    }

    /// Gives the key back, unless an answer has been kept.
    func free() {
        self.claim.free()
    }
}
