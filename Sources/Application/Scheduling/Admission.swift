public import Domain
import Synchronization

/// A request's place in the scheduler.
public struct Ticket: Sendable {
    /// The request.
    public let requestID: RequestID
    /// Who called.
    public let project: ProjectName
    /// The model that it needs.
    public let model: ModelName
    /// The engines that have the model, best first; not empty.
    public let engines: [EngineName]
    /// The memory that the request takes while it waits, in bytes.
    public let waitingBytes: Int

    /// Creates a ticket.
    public init(
        requestID: RequestID,
        project: ProjectName,
        model: ModelName,
        engines: [EngineName],
        waitingBytes: Int
    ) {
        self.requestID = requestID
        self.project = project
        self.model = model
        self.engines = engines
        self.waitingBytes = waitingBytes
    }
}

/// Decides who runs when: the port between the use cases and whatever schedules.
public protocol Admission: Sendable {
    /// Waits until the ticket may run.
    ///
    /// - Throws: ``ServiceError`` `queue_full`, `queue_timeout` or `shutting_down`; `CancellationError`, and the ticket
    ///   is gone, if the task is cancelled.
    func admit(_ ticket: Ticket) async throws -> Slot
}

/// The right to run one request on one engine.
///
/// It is given back exactly once: by `release`, or when it is dropped.
public final class Slot: Sendable {
    /// The engine on which to run.
    public let engine: EngineName
    /// How long the ticket waited.
    public let waited: Duration
    private let onRelease: Mutex<(@Sendable () -> Void)?>

    /// Creates a slot that tells the scheduler when it is given back.
    public init(engine: EngineName, waited: Duration, onRelease: @escaping @Sendable () -> Void) {
        self.engine = engine
        self.waited = waited
        self.onRelease = Mutex(onRelease)
    }

    deinit {
        self.release()
    }

    /// Gives the slot back.
    ///
    /// Only the first call does anything.
    public func release() {
        let action = self.onRelease.withLock { $0.take() }
        action?()
    }
}
