public import Domain
import Synchronization

/// The exchanges that are open now, so that all of them can be ended from elsewhere.
public final class ExchangeRegistry: Sendable {
    private let cancellers = Mutex<[ObjectIdentifier: @Sendable (ServiceError) -> Void]>([:])

    /// Starts with none.
    public init() {}

    /// How many exchanges are open.
    public var count: Int { self.cancellers.withLock(\.count) }

    /// Ends all open exchanges with an error.
    public func cancelAll(_ error: ServiceError) {
        for cancel in self.cancellers.withLock({ Array($0.values) }) { cancel(error) }
    }

    func add(_ id: ObjectIdentifier, cancel: @escaping @Sendable (ServiceError) -> Void) {
        self.cancellers.withLock { $0[id] = cancel }
    }

    func remove(_ id: ObjectIdentifier) {
        _ = self.cancellers.withLock { $0.removeValue(forKey: id) }
    }
}
