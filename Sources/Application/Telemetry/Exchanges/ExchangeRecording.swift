public import Domain
import Synchronization

/// One exchange while it is captured; it is kept exactly once, whatever way it ends.
public final class ExchangeRecording: Sendable {
    private struct State {
        var exchange: CapturedExchange
        var redaction: KeyRedaction
        var isKept = false
    }

    private let capture: any ExchangeCapture
    private let clock: any ServiceClock
    private let arrival: MonotonicInstant
    private let state: Mutex<State>

    /// Begins a recording.
    ///
    /// - Parameters:
    ///   - requestID: the request's id.
    ///   - method: the method.
    ///   - path: the path.
    ///   - headers: the header fields of the request.
    ///   - key: the key that the caller shows, to be redacted wherever it stands.
    ///   - capture: who keeps it.
    ///   - clock: the time.
    public init(
        requestID: RequestID,
        method: String,
        path: String,
        headers: [(name: String, value: String)],
        key: String?,
        capture: any ExchangeCapture,
        clock: any ServiceClock
    ) {
        self.capture = capture
        self.clock = clock
        self.arrival = clock.now
        let redaction = KeyRedaction(key: key)
        var exchange = CapturedExchange(requestID: requestID, method: method, path: path)
        exchange.request.headers = headers.map(redaction.header)
        self.state = Mutex(State(exchange: exchange, redaction: redaction))
    }

    deinit {
        self.end(isComplete: false)
    }

    /// Takes the body of the request.
    public func took(_ body: [UInt8]) {
        self.state.withLock { $0.exchange.request.append(body, limit: self.capture.bodyLimit) }
    }

    /// Takes the head of the answer.
    public func answers(_ status: Int, headers: [(name: String, value: String)], to project: ProjectName?) {
        self.state.withLock { state in
            state.exchange.status = status
            state.exchange.project = project
            state.exchange.response.headers = headers.map(state.redaction.header)
        }
    }

    /// Takes a piece of the answer's body.
    public func sends(_ piece: some Collection<UInt8>) {
        self.state.withLock { $0.exchange.response.append(piece, limit: self.capture.bodyLimit) }
    }

    /// Keeps the exchange; only the first call does anything.
    ///
    /// `isComplete`: whether the answer went out to its end.
    public func end(isComplete: Bool) {
        let now = self.clock.now
        let exchange: CapturedExchange? = self.state.withLock { state in
            guard !state.isKept else { return nil }
            state.isKept = true
            var exchange = state.exchange
            exchange.duration = now - self.arrival
            exchange.isComplete = isComplete
            for message in [\CapturedExchange.request, \.response] {
                let isTruncated = exchange[keyPath: message].isTruncated
                exchange[keyPath: message].body = state.redaction.body(
                    exchange[keyPath: message].body,
                    isTruncated: isTruncated
                )
            }
            state.exchange.request.body = []
            state.exchange.response.body = []
            return exchange
        }
        if let exchange { self.capture.keep(exchange) }
    }
}

extension CapturedExchange.Message {
    /// Takes more of the body, as far as there is room.
    fileprivate mutating func append(_ bytes: some Collection<UInt8>, limit: Int) {
        self.byteCount += bytes.count
        let room = limit - self.body.count
        if bytes.count > room { self.isTruncated = true }
        self.body.append(contentsOf: bytes.prefix(max(0, room)))
    }
}
