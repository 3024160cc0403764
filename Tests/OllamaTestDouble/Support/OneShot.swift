import Synchronization

/// A value that is given once and awaited once.
///
/// Awaiting ends with the task's cancellation, and then giving says so: whoever hands out places knows that this one
/// went to nobody.
final class OneShot<Value: Sendable>: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Value, any Error>)
        case given(Value)
        case over
    }

    private let state = Mutex(State.idle)

    /// True when somebody took the value or can still take it.
    @discardableResult
    func give(_ value: Value) -> Bool {
        let (taken, waiter): (Bool, CheckedContinuation<Value, any Error>?) = state.withLock { state in
            switch state {
            case .idle:
                state = .given(value)
                return (true, nil)
            case .waiting(let continuation):
                state = .over
                return (true, continuation)
            case .given, .over: return (false, nil)
            }
        }
        waiter?.resume(returning: value)
        return taken
    }

    func wait() async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Value, any Error>? = state.withLock { state in
                    switch state {
                    case .idle:
                        state = .waiting(continuation)
                        return nil
                    case .given(let value):
                        state = .over
                        return .success(value)
                    case .waiting, .over: return .failure(CancellationError())
                    }
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            abandon()
        }
    }

    /// Nobody waits any more.
    func abandon() {
        let waiter: CheckedContinuation<Value, any Error>? = state.withLock { state in
            switch state {
            case .waiting(let continuation):
                state = .over
                return continuation
            case .idle:
                state = .over
                return nil
            // A given value stays for the one that is about to take it: it then owns what was handed out.
            case .given, .over: return nil
            }
        }
        waiter?.resume(throwing: CancellationError())
    }
}
