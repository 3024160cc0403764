import Synchronization

/// A value that several tasks change.
public final class Shared<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    /// Starts with a value.
    public init(_ value: Value) {
        self.state = Mutex(value)
    }

    /// The present value.
    public var value: Value { self.state.withLock { $0 } }

    /// Changes the value.
    @discardableResult
    public func change<Result: Sendable>(_ change: (inout Value) -> Result) -> Result {
        self.state.withLock { change(&$0) }
    }
}
