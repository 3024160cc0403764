import Application
import NIOCore

/// One request to an engine and its answer, pulled piece by piece under named deadlines.
///
/// It lives on one event loop: the caller's own if there is one, so that a token costs no switch of threads.
// @unchecked: all state is confined to the event loop; calls from elsewhere are moved there first.
final class EngineCall: @unchecked Sendable {
    private enum State {
        case idle
        case connecting(ByteBuffer, mayRetry: Bool)
        case active(EngineConnection, ByteBuffer, mayRetry: Bool)
        case finished
        case failed(any Error)
    }

    private enum Item {
        case head(ResponseHead)
        case body(ByteBuffer)
    }

    /// What the request and its answer look like.
    enum Form: Sendable {
        /// The request goes out whole.
        case whole
        /// The same, and the answer has a head only (RFC 9110, section 9.3.2).
        case headOnly
        /// The body follows the head piece by piece; see ``send(_:)``.
        case upload
    }

    /// Unread bytes above which the engine is no longer read.
    private static let highWaterMark = 65_536
    /// How long to wait before the one attempt to connect again.
    private static let retryPause = TimeAmount.milliseconds(100)

    let eventLoop: any EventLoop
    let form: Form
    private let pool: EngineConnectionPool
    private var state = State.idle
    // Mostly there is one at a time.
    private var items = CircularBuffer<Item>(initialCapacity: 2)
    private var unreadBytes = 0
    // Unsafe, because a checked one is an object more with every token: `resume(_:with:)` and `await(_:)` are the only places
    // that resume it, and either takes it out first or never keeps it.
    private var waiter: UnsafeContinuation<Item?, any Error>?
    /// The sender of a piece of the body that is on its way.
    private var sender: CheckedContinuation<Bool, Never>?
    /// A piece of the body that waits for the connection.
    private var unsent: ByteBuffer?
    /// Whether more of the request's body is to come.
    private(set) var isSending: Bool
    private var isAnswered = false
    private var watch: DeadlineWatch

    init(pool: EngineConnectionPool, eventLoop: any EventLoop, form: Form = .whole) {
        self.pool = pool
        self.eventLoop = eventLoop
        self.form = form
        self.isSending = form == .upload
        self.watch = DeadlineWatch(eventLoop: eventLoop, spares: pool.timers)
    }

    // MARK: For the consumer

    /// Sends the request and waits for the head of the answer.
    ///
    /// - Parameters:
    ///   - request: its bytes; of an upload the head.
    ///   - first: how long the first event may take, and what that deadline is called; nil is for ever. Of an upload it
    ///     is how long the engine may take for a piece, and behind the last one for its answer.
    ///   - idle: how long it may be silent from ``begun()`` on.
    ///   - total: how long all of it may take; nil is for ever.
    /// - Returns: the head of the answer.
    /// - Throws: ``TransportFailure``, or what ``cancel(_:)`` was given.
    func start(
        _ request: ByteBuffer,
        first: (TransportFailure.Deadline, Duration)?,
        idle: Duration,
        total: Duration?
    ) async throws -> ResponseHead {
        let item = try await self.wait {
            // A call that was given up before it began stays so; one that is done may be used again.
            switch self.state {
            case .idle, .finished: break
            default: return
            }
            self.isAnswered = false
            // The watch keeps the call until that is over, and has no weak reference: those make every count of the call dearer.
            self.watch.begin(first: first, idle: idle, total: total) { self.deadlinePassed($0) }
            // Until there is a piece of the body, it is not the engine that is waited for.
            if self.form == .upload { self.watch.pause() }
            // A used connection may turn out to be closed when a part of the body is gone already.
            self.connect(request, mayRetry: true, mayReuse: self.form != .upload)
        }
        guard case .head(let head) = item else { throw TransportFailure.broken("there is no head") }
        return head
    }

    /// Sends a piece of the body of an upload, while ``start(_:first:idle:total:)`` waits elsewhere.
    ///
    /// - Returns: true once the kernel has taken it, so that a slow engine makes the caller slow; false if nothing more
    ///   is wanted, because the engine has answered already or the call has ended.
    func send(_ piece: ByteBuffer) async -> Bool {
        await withCheckedContinuation { continuation in
            self.onLoop { call in
                switch call.state {
                case .idle, .connecting:
                    call.sender = continuation
                    call.unsent = piece
                case .active(let connection, _, _) where !call.isAnswered:
                    call.sender = continuation
                    call.send(piece, on: connection)
                case .active, .finished, .failed: continuation.resume(returning: false)
                }
            }
        }
    }

    /// All of the body has been sent.
    func sent() {
        self.onLoop { call in
            call.isSending = false
            call.watch.restart()
        }
    }

    /// The next piece of the body, or nil after the last one.
    func next() async throws -> ByteBuffer? {
        guard self.eventLoop.inEventLoop else {
            guard case .body(let body) = try await self.wait({}) else { return nil }
            return body
        }
        if !self.items.isEmpty, case .body(let body) = self.take() { return body }
        guard case .body(let body) = try await withUnsafeThrowingContinuation({ self.await($0) }) else { return nil }
        return body
    }

    /// The next piece of the body, if it is here.
    ///
    /// Nil as well where this cannot be known without waiting.
    func buffered() -> ByteBuffer? {
        guard self.eventLoop.inEventLoop, !self.items.isEmpty, case .body(let body) = self.take() else { return nil }
        return body
    }

    /// The first event has been seen: from here on the idle deadline holds.
    func begun() {
        self.onLoop { $0.watch.firstEventSeen() }
    }

    /// The last event has been seen: the rest of the answer may take this long.
    func ending(within limit: Duration) {
        self.onLoop { $0.watch.idle = .nanoseconds(limit.nanoseconds) }
    }

    /// Gives up: the connection is closed, and whoever waits gets the error.
    func cancel(_ error: any Error) {
        self.onLoop { $0.fail(error) }
    }

    // MARK: For the connection

    var wantsMore: Bool { self.unreadBytes < EngineCall.highWaterMark }

    func received(_ part: ResponseDecoder.Part) {
        switch part {
        case .head(let head):
            self.items.append(.head(head))
            self.isAnswered = true
            // Whatever of the body is still to come, the engine does not want it.
            self.stopSending()
        case .body(let body):
            self.unreadBytes += body.readableBytes
            self.items.append(.body(body))
        case .end: break
        }
    }

    func readCompleted() {
        guard let waiter = self.waiter, let item = self.take() else { return }
        self.resume(waiter, with: .success(item))
    }

    func finished() {
        self.state = .finished
        self.stopSending()
        self.watch.end()
        guard let waiter = self.waiter else { return }
        self.resume(waiter, with: .success(self.take()))
    }

    /// Gives the connection back to where it came from.
    func giveBack(_ connection: EngineConnection) {
        self.pool.giveBack(connection)
    }

    func connectionClosed(_ failure: TransportFailure) {
        if case .active(_, let request, mayRetry: true) = self.state, failure == .unreachable {
            // The connection was a used one and never worked for this request: the engine had closed it meanwhile.
            return self.connect(request, mayRetry: false, mayReuse: false)
        }
        self.fail(failure)
    }

    // MARK: Parts

    private func connect(_ request: ByteBuffer, mayRetry: Bool, mayReuse: Bool) {
        if mayReuse, let connection = self.pool.takeIdle(on: self.eventLoop) {
            self.state = .active(connection, request, mayRetry: mayRetry)
            return connection.send(request, for: self)
        }
        self.state = .connecting(request, mayRetry: mayRetry)
        self.pool.connect(on: self.eventLoop).whenComplete { result in
            guard case .connecting = self.state else {
                // Given up meanwhile.
                if case .success(let connection) = result { connection.close() }
                return
            }
            switch result {
            case .success(let connection):
                self.state = .active(connection, request, mayRetry: false)
                connection.send(request, for: self)
                if let piece = self.unsent.take() { self.send(piece, on: connection) }
            case .failure where mayRetry:
                self.eventLoop.scheduleTask(in: EngineCall.retryPause) {
                    guard case .connecting = self.state else { return }
                    self.connect(request, mayRetry: false, mayReuse: false)
                }
            case .failure: self.fail(TransportFailure.unreachable)
            }
        }
    }

    private func send(_ piece: ByteBuffer, on connection: EngineConnection) {
        // From here until it is taken the engine is waited for, and not whoever has the next piece.
        self.watch.restart()
        connection.write(piece) { isTaken in
            guard let sender = self.sender.take() else { return }
            self.watch.pause()
            sender.resume(returning: isTaken)
        }
    }

    private func stopSending() {
        self.unsent = nil
        self.sender.take()?.resume(returning: false)
    }

    private func wait(_ begin: @escaping @Sendable () -> Void) async throws -> Item? {
        try await withUnsafeThrowingContinuation { continuation in
            self.onLoop { call in
                begin()
                call.await(continuation)
            }
        }
    }

    private func await(_ continuation: UnsafeContinuation<Item?, any Error>) {
        if let item = self.take() { return continuation.resume(returning: item) }
        switch self.state {
        case .finished: continuation.resume(returning: nil)
        case .failed(let error): continuation.resume(throwing: error)
        case .idle, .connecting, .active:
            self.waiter = continuation
            self.watch.waitBegan()
        }
    }

    private func take() -> Item? {
        guard let item = self.items.popFirst() else { return nil }
        if case .body(let body) = item {
            let wasFull = !self.wantsMore
            self.unreadBytes -= body.readableBytes
            if wasFull, self.wantsMore, case .active(let connection, _, _) = self.state { connection.resumeReading() }
        }
        return item
    }

    private func resume(_ waiter: UnsafeContinuation<Item?, any Error>, with result: Result<Item?, any Error>) {
        self.waiter = nil
        self.watch.waitEnded()
        waiter.resume(with: result)
    }

    private func deadlinePassed(_ deadline: TransportFailure.Deadline) {
        self.fail(TransportFailure.timedOut(deadline))
    }

    private func fail(_ error: any Error) {
        switch self.state {
        case .finished, .failed: return
        case .active(let connection, _, _): connection.close()
        case .idle, .connecting: break
        }
        self.state = .failed(error)
        // What has arrived before a failure of the engine is still handed out; after a cancellation nobody wants it.
        if !(error is TransportFailure) { self.items.removeAll() }
        self.watch.end()
        self.stopSending()
        guard let waiter = self.waiter else { return }
        self.resume(waiter, with: self.take().map { .success($0) } ?? .failure(error))
    }

    private func onLoop(_ body: @escaping @Sendable (EngineCall) -> Void) {
        if self.eventLoop.inEventLoop {
            body(self)
        } else {
            self.eventLoop.execute { body(self) }
        }
    }
}
