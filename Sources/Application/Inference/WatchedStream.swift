import Domain
import Synchronization

/// An engine's answer that tells breakers, watchdog and the request's trace what becomes of it.
final class WatchedStream<Frame: Sendable>: EngineStream {
    private let base: any EngineStream<Frame>
    private let attempt: EngineAttempt
    private let keepAlive: KeepAliveChange?
    /// The record that is told of the engine's first word; nil where nobody traces the request.
    private let traced: RequestEntry?
    private let hasSpoken = Atomic<Bool>(false)

    init(
        _ base: any EngineStream<Frame>,
        attempt: EngineAttempt,
        keepAlive: KeepAliveChange? = nil,
        traced: RequestEntry? = nil
    ) {
        self.base = base
        self.keepAlive = keepAlive
        self.traced = traced
        self.attempt = attempt
        attempt.onCancel { error in base.cancel(error) }
    }

    var progress: GenerationProgress { self.base.progress }

    var isComplete: Bool { self.base.isComplete }

    var notices: GenerationNotices {
        var notices = self.base.notices
        notices.keepAlive = self.keepAlive
        return notices
    }

    func next() async throws -> Frame? {
        do {
            let frame = try await self.base.next()
            self.noted(isEnd: frame == nil)
            return frame
        } catch {
            self.attempt.failed((error as? ServiceError) ?? .callerLeft)
            throw error
        }
    }

    func buffered() throws -> Frame? {
        do {
            guard let frame = try self.base.buffered() else { return nil }
            // It came with one that has been noted.
            if self.base.isComplete { self.attempt.succeeded() }
            return frame
        } catch {
            self.attempt.failed((error as? ServiceError) ?? .callerLeft)
            throw error
        }
    }

    func cancel(_ error: ServiceError) {
        self.base.cancel(error)
    }

    private func noted(isEnd: Bool) {
        // What the caller sees first may be later: an answer that is held back, or told as a whole.
        if let traced, !self.hasSpoken.load(ordering: .relaxed) {
            self.hasSpoken.store(true, ordering: .relaxed)
            traced.engineSpoke()
        }
        if isEnd || self.base.isComplete { self.attempt.succeeded() } else { self.attempt.answered() }
    }
}
