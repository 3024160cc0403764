import NIOCore

/// One request and the writing of its response, faults included.
///
/// The bytes are put together here and not by an encoder of NIO, because a fault must be able to say something false.
/// An exchange is used by the task of its connection only.
final class Exchange {
    /// The response has ended for a reason that no handler needs to treat.
    struct Ended: Error {}

    let request: RecordedRequest
    let plan: FaultPlan
    let connection: Connection
    private let flavour: ServerFlavour
    private let ledger: Ledger
    private let asksToClose: Bool

    /// Fields that a handler above the routes adds, such as those of CORS.
    var extraHeaders: [HeaderField] = []
    private(set) var isBegun = false
    private(set) var isFinished = false
    private(set) var closesConnection: Bool
    private var unsentHead: [UInt8] = []
    private var tokensSent = 0
    private var isEventStream = false
    private var isInOnePiece = false

    init(request: RecordedRequest, plan: FaultPlan, connection: Connection, flavour: ServerFlavour, ledger: Ledger) {
        self.request = request
        self.plan = plan
        self.connection = connection
        self.flavour = flavour
        self.ledger = ledger
        asksToClose = request.header("Connection")?.lowercased() == "close"
        closesConnection = asksToClose || plan.closesAfterResponse
    }

    /// Writes a response in one piece.
    func send(_ status: Int, _ headers: [HeaderField] = [], body: [UInt8] = [], tokens: Int = 0) async throws {
        try await holdHead()
        isInOnePiece = true
        var headers = headers
        var body = body
        if let nonsense = plan.nonsense {
            body = nonsense.kind.bytes
            if nonsense.kind == .html { headers = [HeaderField("Content-Type", "text/html")] }
        }
        guard body.count <= flavour.longestSizedBody || request.method == "HEAD" else {
            try await beginNow(status, headers)
            try await frame(body, tokens: tokens)
            return try await end()
        }
        isBegun = true
        let claimed = body.count + (plan.misstatedBy ?? 0)
        let sizes = status == 204 ? [] : [HeaderField("Content-Length", String(max(0, claimed)))]
        let head = head(status, headers, framing: sizes)
        if plan.misstatedBy != nil { closesConnection = true }
        if plan.hang == .afterHead {
            try await write(head)
            try await hang()
        }
        let stopsHalfway = if case .midStream = plan.hang { true } else { plan.cutAfterTokens != nil }
        if stopsHalfway {
            try await write(head + body.prefix(body.count / 2))
            if plan.cutAfterTokens != nil { try await cut() }
            try await hang()
        }
        finish(tokens: tokens)
        try await write(request.method == "HEAD" ? head : head + body)
    }

    /// Prepares a chunked response; its head leaves with the first frame, as Go's server sends it.
    func begin(_ status: Int, _ headers: [HeaderField]) async throws {
        try await holdHead()
        try await beginNow(status, headers)
    }

    private func beginNow(_ status: Int, _ headers: [HeaderField]) async throws {
        isBegun = true
        isEventStream = headers.contains(.events)
        let type = plan.nonsense?.kind == .html ? [HeaderField("Content-Type", "text/html")] : headers
        unsentHead = head(status, type, framing: [HeaderField("Transfer-Encoding", "chunked")])
        if plan.misstatedBy != nil { closesConnection = true }
        if plan.hang == .afterHead {
            try await flushHead()
            try await hang()
        }
    }

    /// Writes one chunk that carries so many tokens.
    func frame(_ bytes: [UInt8], tokens: Int = 1) async throws {
        // An answer in one piece has no tokens to count: it stops in its middle.
        if case .midStream(let limit) = plan.hang, tokensSent >= limit || isInOnePiece {
            try await write(takeHead() + (isInOnePiece ? half(of: bytes) : []))
            try await hang()
        }
        if let limit = plan.cutAfterTokens, tokensSent >= limit || isInOnePiece {
            try await write(takeHead() + half(of: bytes))
            try await cut()
        }
        if let nonsense = plan.nonsense, tokensSent == nonsense.afterTokens, !isInOnePiece {
            try await write(takeHead() + chunk(framed(nonsense.kind)))
            if nonsense.kind == .truncatedJSON || nonsense.kind == .html {
                try await end()
                throw Ended()
            }
        }
        try await write(takeHead() + chunk(bytes))
        tokensSent += tokens
        connection.sent(tokens: tokens)
        ledger.change { $0.tokensSent += tokens }
    }

    /// Ends a chunked response properly.
    func end() async throws {
        finish(tokens: 0)
        try await write(takeHead() + Array("0\r\n\r\n".utf8))
    }

    /// Closes the connection in the middle of the response.
    func cut() async throws {
        await connection.cut()
        throw Ended()
    }

    private func finish(tokens: Int) {
        isFinished = true
        // Before the last write: a client that has all bytes may close before this task runs again.
        connection.responseEnds()
        ledger.change { counts in
            counts.tokensSent += tokens
            counts.responsesCompleted += 1
        }
    }

    private func holdHead() async throws {
        if let delay = plan.delayHead { try await Task.sleep(for: delay) }
        if plan.hang == .beforeHead { try await hang() }
    }

    /// Waits until the client leaves or the double stops: both cancel the task.
    private func hang() async throws {
        while true { try await Task.sleep(for: .seconds(3600)) }
    }

    private func flushHead() async throws {
        let head = takeHead()
        if !head.isEmpty { try await write(head) }
    }

    private func takeHead() -> [UInt8] {
        defer { unsentHead = [] }
        return unsentHead
    }

    private func head(_ status: Int, _ headers: [HeaderField], framing: [HeaderField]) -> [UInt8] {
        var fields = flavour.standingHeaders + (extraHeaders + headers).sorted { $0.name < $1.name }
        if flavour.sendsDate { fields.append(HeaderField("Date", WallClock.now.httpDate)) }
        fields += framing
        if asksToClose { fields.append(HeaderField("Connection", "close")) }
        var text = "HTTP/1.1 \(status) \(HTTPStatus.reason(status))\r\n"
        for field in fields { text += "\(field.name): \(field.value)\r\n" }
        return Array((text + "\r\n").utf8)
    }

    /// Nonsense in the frame of the stream, so that it reaches the reader of the frames.
    private func framed(_ nonsense: Fault.Nonsense) -> [UInt8] {
        guard isEventStream, nonsense != .html else { return nonsense.bytes + [UInt8(ascii: "\n")] }
        return Array("data: ".utf8) + nonsense.bytes + Array("\n\n".utf8)
    }

    /// A chunk that stops in its middle.
    private func half(of bytes: [UInt8]) -> [UInt8] { Array(chunk(bytes).prefix(max(1, bytes.count / 2))) }

    private func chunk(_ bytes: [UInt8]) -> [UInt8] {
        let claimed = max(1, bytes.count + (plan.misstatedBy ?? 0))
        return Array("\(String(claimed, radix: 16))\r\n".utf8) + bytes + [0x0D, 0x0A]
    }

    private func write(_ bytes: [UInt8]) async throws {
        guard let pause = plan.dribble else { return try await connection.write(bytes) }
        for byte in bytes {
            try await connection.write([byte])
            try await Task.sleep(for: pause)
        }
    }
}
