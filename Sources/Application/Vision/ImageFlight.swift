import Domain
import Synchronization

/// An image that is being prepared, for all that want the same.
final class ImageFlight: Sendable {
    /// How it ended.
    enum Landing: Sendable {
        /// The image is ready.
        case ready(EncodedImage)
        /// It cannot be prepared.
        case failed(ServiceError)
        /// Whoever prepared it stopped; somebody else may.
        case abandoned
    }

    private struct State {
        var landing: Landing?
        var nextID = 0
        var waiters: [Int: CheckedContinuation<Landing, any Error>] = [:]
    }

    private let state = Mutex(State())

    /// Waits for the end.
    ///
    /// - Throws: `CancellationError` if the task is cancelled meanwhile.
    func landing() async throws -> Landing {
        let id = self.state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Landing, any Error>) in
                let outcome = self.state.withLock { state -> Result<Landing, any Error>? in
                    if let landing = state.landing { return .success(landing) }
                    guard !Task.isCancelled else { return .failure(CancellationError()) }
                    state.waiters[id] = continuation
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            self.state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(throwing: CancellationError())
        }
    }

    /// Tells the end to all that wait; only the first call does anything.
    func land(_ landing: Landing) {
        let waiters = self.state.withLock { state in
            guard state.landing == nil else { return [CheckedContinuation<Landing, any Error>]() }
            state.landing = landing
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: landing) }
    }
}
