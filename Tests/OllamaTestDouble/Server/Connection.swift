import NIOCore
import Synchronization

/// The server's side of one accepted connection.
final class Connection: Sendable {
    private struct State {
        var routeInProgress: String?
        var tokensSent = 0
        var isClosedByUs = false
    }

    let number: Int
    let requests = RequestMailbox()
    private let channel: any Channel
    private let ledger: Ledger
    private let state = Mutex(State())

    init(channel: any Channel, number: Int, ledger: Ledger) {
        self.channel = channel
        self.number = number
        self.ledger = ledger
    }

    /// Writes and waits until the socket took the bytes: the back-pressure of the client reaches the writer.
    func write(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(channel.allocator.buffer(bytes: bytes)).get()
        ledger.change { $0.bytesSent += bytes.count }
    }

    /// A request is complete.
    ///
    /// From now on a client that leaves leaves early, even if nobody took the request up yet.
    func received(_ request: RecordedRequest) {
        state.withLock { state in
            if state.routeInProgress == nil { state.routeInProgress = request.route }
        }
        requests.put(request)
    }

    func requestBegins(_ route: String) {
        state.withLock { state in
            state.routeInProgress = route
            state.tokensSent = 0
        }
    }

    func sent(tokens: Int) {
        state.withLock { $0.tokensSent += tokens }
    }

    func responseEnds() {
        state.withLock { $0.routeInProgress = nil }
    }

    /// Closes the connection on purpose, whatever is under way on it.
    func cut() async {
        state.withLock { $0.isClosedByUs = true }
        await close()
    }

    /// Closes what is left of a connection; if a response is under way, then the client was the first to leave.
    func close() async {
        try? await channel.close().get()
    }

    /// The peer closed, or we did.
    func closed() {
        let early: EarlyClose? = state.withLock { state in
            guard !state.isClosedByUs, let route = state.routeInProgress else { return nil }
            state.routeInProgress = nil
            return EarlyClose(route: route, instant: .now, tokensSent: state.tokensSent)
        }
        ledger.change { counts in
            counts.connectionsOpen -= 1
            if let early { counts.earlyCloses.append(early) }
        }
        requests.close()
    }
}

/// The requests of one connection in their order, taken by its task one after the other.
final class RequestMailbox: Sendable {
    private struct State {
        var waiting: [RecordedRequest] = []
        var taker: OneShot<RecordedRequest?>?
        var isClosed = false
    }

    private let state = Mutex(State())

    func put(_ request: RecordedRequest) {
        state.withLock { state in
            if let taker = state.taker {
                state.taker = nil
                taker.give(request)
            } else {
                state.waiting.append(request)
            }
        }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.taker?.give(nil)
            state.taker = nil
        }
    }

    /// The next request; nil when the connection is closed.
    func next() async -> RecordedRequest? {
        let answer = OneShot<RecordedRequest?>()
        state.withLock { state in
            if !state.waiting.isEmpty {
                answer.give(state.waiting.removeFirst())
            } else if state.isClosed {
                answer.give(nil)
            } else {
                state.taker = answer
            }
        }
        return (try? await answer.wait()) ?? nil
    }
}
