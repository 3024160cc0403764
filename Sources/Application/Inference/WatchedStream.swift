import Domain
import Synchronization

/// An engine's answer that tells breakers and watchdog what becomes of it.
final class WatchedStream: EngineStream {
    typealias Frame = GenerationEvent

    private let base: any EngineStream<GenerationEvent>
    private let attempt: EngineAttempt
    private let loweredKeepAlive: KeepAlive?

    init(_ base: any EngineStream<GenerationEvent>, attempt: EngineAttempt, loweredKeepAlive: KeepAlive? = nil) {
        self.base = base
        self.loweredKeepAlive = loweredKeepAlive
        self.attempt = attempt
        attempt.onCancel { [weak base] error in base?.cancel(error) }
    }

    var progress: GenerationProgress { self.base.progress }

    var notices: GenerationNotices {
        var notices = self.base.notices
        notices.loweredKeepAlive = self.loweredKeepAlive
        return notices
    }

    func next() async throws -> GenerationEvent? {
        do {
            return self.noted(try await self.base.next())
        } catch {
            self.attempt.failed((error as? ServiceError) ?? .callerLeft)
            throw error
        }
    }

    func buffered() throws -> GenerationEvent? {
        do {
            guard let event = try self.base.buffered() else { return nil }
            return self.noted(event)
        } catch {
            self.attempt.failed((error as? ServiceError) ?? .callerLeft)
            throw error
        }
    }

    func cancel(_ error: ServiceError) {
        self.base.cancel(error)
    }

    private func noted(_ event: GenerationEvent?) -> GenerationEvent? {
        switch event {
        case .finished, nil: self.attempt.succeeded()
        default: self.attempt.answered()
        }
        return event
    }
}
