import Synchronization

/// The right to run one request on one engine.
///
/// It is given back exactly once: by `release`, or when it is dropped.
public final class Slot: Sendable {
    /// The engine on which to run.
    public let engine: EngineName
    /// How long the ticket waited.
    public let waited: Duration
    /// How long the engine loaded the model while the ticket waited; nil if the model was there before.
    public let loadTime: Duration?
    private let onRelease: Mutex<(@Sendable (RunFigures?) -> Void)?>

    /// Creates a slot that tells the scheduler when it is given back.
    public init(
        engine: EngineName,
        waited: Duration,
        loadTime: Duration? = nil,
        onRelease: @escaping @Sendable (RunFigures?) -> Void
    ) {
        self.engine = engine
        self.waited = waited
        self.loadTime = loadTime
        self.onRelease = Mutex(onRelease)
    }

    deinit {
        self.release()
    }

    /// Gives the slot back.
    ///
    /// Only the first call does anything.
    ///
    /// - Parameter figures: what the run has shown about its model, if it came to its end.
    public func release(_ figures: RunFigures? = nil) {
        let action = self.onRelease.withLock { $0.take() }
        action?(figures)
    }
}
