public import Domain
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Sees to it that requests with the same key are done once: the first is done, the others get its answer.
///
/// What is running is known in memory alone, so that a crash frees every key. Failure policy: open. While the store
/// cannot be read or written requests are done as if they had no key, apart from those that run at the same time.
public final class IdempotencyUseCase: Sendable {
    /// What is kept, and for how long.
    public struct Settings: Sendable {
        /// How long an answer is kept.
        public var keep: Duration
        /// The largest body that is kept, in bytes.
        public var maxBytes: Int
        /// What a project's answers may take together.
        public var bounds: IdempotencyBounds

        /// Creates settings.
        public init(keep: Duration, maxBytes: Int, bounds: IdempotencyBounds) {
            self.keep = keep
            self.maxBytes = maxBytes
            self.bounds = bounds
        }
    }

    /// What to do with a request.
    public enum Decision: Sendable {
        /// It is the first: do it, and settle the claim.
        case first(IdempotencyClaim)
        /// It has been done: this was the answer.
        case replay(StoredAnswer)

        /// The claim of the first.
        public var claim: IdempotencyClaim? {
            if case .first(let claim) = self { claim } else { nil }
        }
    }

    private struct Place: Hashable {
        let project: ProjectName
        let key: IdempotencyKey
    }

    /// The largest body that is kept, in bytes.
    public var maxBytes: Int { self.settings.maxBytes }

    /// What makes fingerprints of requests.
    public let digest: any DigestFunction
    private let store: any IdempotencyStore
    private let clock: any ServiceClock
    private let settings: Settings
    private let running = Mutex<[Place: [UInt8]]>([:])

    /// Creates the use case.
    public init(
        store: any IdempotencyStore,
        digest: any DigestFunction,
        clock: any ServiceClock,
        settings: Settings
    ) {
        self.digest = digest
        self.store = store
        self.clock = clock
        self.settings = settings
    }

    /// How many keys are in use by requests that run.
    public var runningCount: Int { self.running.withLock(\.count) }

    /// Takes a key for a request, or finds out that it has been used.
    ///
    /// - Parameters:
    ///   - key: the key that the caller gave.
    ///   - project: who calls; keys of different projects have nothing to do with each other.
    ///   - fingerprint: a digest of all that makes the request what it is.
    /// - Returns: whether to do it or to answer as before.
    /// - Throws: ``ServiceError`` `conflict` while the first request with the key runs, `idempotency_mismatch` if the key
    ///   belongs to a request that was different; `CancellationError`.
    public func begin(_ key: IdempotencyKey, project: ProjectName, fingerprint: [UInt8]) async throws -> Decision {
        let place = Place(project: project, key: key)
        let holder = self.running.withLock { running -> [UInt8]? in
            if let holder = running[place] { return holder }
            running[place] = fingerprint
            return nil
        }
        if let holder { throw holder == fingerprint ? ServiceError.keyInUse : .keyOfAnother }
        let claim = IdempotencyClaim(
            save: { answer in
                let record = IdempotencyRecord(
                    project: project,
                    key: key,
                    fingerprint: fingerprint,
                    answer: answer,
                    createdAt: self.clock.wallTime
                )
                guard answer.body.count <= self.settings.maxBytes else { return }
                // A caller that comes again then has its request done again.
                try? await self.store.save(record, within: self.settings.bounds)
            },
            free: { _ = self.running.withLock { $0.removeValue(forKey: place) } }
        )
        do {
            guard let record = try await self.store.record(of: key, in: project), self.isYoung(record) else {
                return .first(claim)
            }
            guard record.fingerprint == fingerprint else { throw ServiceError.keyOfAnother }
            return .replay(record.answer)
        } catch let error as ServiceError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return .first(claim)
        }
    }

    private func isYoung(_ record: IdempotencyRecord) -> Bool {
        record.createdAt.addingTimeInterval(self.settings.keep.inSeconds) > self.clock.wallTime
    }
}

/// The right to do the request of a key, and to say what its answer was.
///
/// It is settled once: by ``keep(_:)``, by ``free()``, or when it is dropped, which frees the key.
public final class IdempotencyClaim: Sendable {
    private let save: @Sendable (StoredAnswer) async -> Void
    private let onFree: Mutex<(@Sendable () -> Void)?>

    init(save: @escaping @Sendable (StoredAnswer) async -> Void, free: @escaping @Sendable () -> Void) {
        self.save = save
        self.onFree = Mutex(free)
    }

    deinit {
        self.free()
    }

    /// Keeps a complete answer for those who come with the same key; returns once it survives a restart.
    ///
    /// One that is too large, or that the store does not take, is not kept, and the key is free.
    public func keep(_ answer: StoredAnswer) async {
        guard self.onFree.withLock({ $0 != nil }) else { return }
        await self.save(answer)
        self.free()
    }

    /// Gives the key back: the request failed, or its caller left.
    public func free() {
        let action = self.onFree.withLock { $0.take() }
        action?()
    }
}

extension ServiceError {
    static let keyInUse = ServiceError(
        .conflict,
        "A request with this Idempotency-Key is being done; its answer is there when it has ended.",
        retryAfter: .seconds(1)
    )
    static let keyOfAnother = ServiceError(
        .idempotencyMismatch,
        "This Idempotency-Key belongs to another request: its method, path or body was different. Use a new key.",
        isRetryable: false
    )
}
