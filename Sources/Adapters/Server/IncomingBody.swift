import NIOCore
import Synchronization

/// The body of a request that did not come whole with its head: what has arrived, and whoever waits for more.
final class IncomingBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    /// What may have arrived and not been taken before nothing more is read from the connection, in bytes.
    static let limit = 65_536

    private struct State {
        var arrived: CircularBuffer<ByteBuffer> = []
        var bytes = 0
        var hasEnded = false
        var failure: (any Error)?
        var waiter: CheckedContinuation<ByteBuffer?, any Error>?
    }

    private let state = Mutex(State())
    private let onRoom: @Sendable () -> Void

    /// `onRoom`: told when there is room again behind a body that was full; on any thread.
    init(onRoom: @escaping @Sendable () -> Void) {
        self.onRoom = onRoom
    }

    /// Whether nothing more should be read for now.
    var isFull: Bool { self.state.withLock { $0.bytes >= IncomingBody.limit } }

    /// A piece has arrived.
    func append(_ piece: ByteBuffer) {
        self.tell { state in
            if state.waiter != nil { return .success(piece) }
            state.arrived.append(piece)
            state.bytes += piece.readableBytes
            return nil
        }
    }

    /// All of it has arrived.
    func end() {
        self.tell { state in
            state.hasEnded = true
            return .success(nil)
        }
    }

    /// The rest will not come.
    func fail(_ error: any Error) {
        self.tell { state in
            guard !state.hasEnded, state.failure == nil else { return nil }
            state.failure = error
            return .failure(error)
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(body: self) }

    /// Takes one piece after the other; a second iterator would get what the first one leaves.
    struct Iterator: AsyncIteratorProtocol {
        fileprivate let body: IncomingBody

        mutating func next() async throws -> ByteBuffer? {
            try await self.body.next()
        }
    }

    private func next() async throws -> ByteBuffer? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                var hasRoom = false
                let result = self.state.withLock { state -> Result<ByteBuffer?, any Error>? in
                    if let piece = state.arrived.popFirst() {
                        let wasFull = state.bytes >= IncomingBody.limit
                        state.bytes -= piece.readableBytes
                        hasRoom = wasFull && state.bytes < IncomingBody.limit
                        return .success(piece)
                    }
                    if let failure = state.failure { return .failure(failure) }
                    if state.hasEnded { return .success(nil) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiter = continuation
                    return nil
                }
                if hasRoom { self.onRoom() }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            self.state.withLock { $0.waiter.take() }?.resume(throwing: CancellationError())
        }
    }

    /// Changes the state and tells the waiter, if there is one, what comes of it.
    private func tell(_ body: (inout State) -> Result<ByteBuffer?, any Error>?) {
        let (waiter, result) = self.state.withLock { state in
            guard let result = body(&state) else {
                return (nil as CheckedContinuation<ByteBuffer?, any Error>?, nil as Result<ByteBuffer?, any Error>?)
            }
            return (state.waiter.take(), result)
        }
        if let result { waiter?.resume(with: result) }
    }
}
