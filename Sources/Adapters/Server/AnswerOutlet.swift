import HTTPTypes
import NIOCore

/// Where the answers of one connection leave it: encoded, written, and held back while the caller does not read.
///
/// What is written while the event loop is busy with other connections leaves when all of them have been served: whoever
/// reads at the other end is woken once for all, and not for each.
///
/// All of it belongs to the connection's event loop.
final class AnswerOutlet {
    private let context: ChannelHandlerContext
    private let channel: any Channel
    private let guardian: ConnectionGuard
    private let executor: EventLoopExecutor?
    private var encoder = AnswerEncoder()
    private var isFlushPlanned = false
    private var writer: CheckedContinuation<Void, any Error>?
    /// Whether the end of the present answer has been written.
    private(set) var hasEnded = false
    private var isClosed = false

    /// `context`: from where in the pipeline the bytes leave.
    init(context: ChannelHandlerContext, guardian: ConnectionGuard, executor: EventLoopExecutor?) {
        self.context = context
        self.channel = context.channel
        self.guardian = guardian
        self.executor = executor
    }

    // MARK: Writing

    /// An answer is about to be made.
    func prepare() {
        self.hasEnded = false
    }

    /// Takes the head of an answer; it leaves with what follows, or with ``flush()``.
    ///
    /// - Throws: `ChannelError` if the caller is gone.
    func begin(_ head: HTTPResponse, _ fields: FieldLines) throws {
        try self.checkActive()
        let closes = self.encoder.append(head, fields)
        self.guardian.answerBegins(closes: closes)
    }

    /// Takes a piece of the body; it leaves with what follows, or with ``flush()``.
    ///
    /// - Throws: `ChannelError` if the caller is gone.
    func write(_ piece: ByteBuffer) throws {
        try self.checkActive()
        guard let large = self.encoder.append(piece) else { return }
        self.writeReady()
        self.context.write(NIOAny(large), promise: nil)
        self.encoder.appendEndOfPiece()
    }

    /// Ends the answer.
    ///
    /// - Throws: `ChannelError` if the caller is gone.
    func end(_ trailers: HTTPFields?) throws {
        try self.checkActive()
        self.encoder.appendEnd(trailers)
        self.hasEnded = true
        // Where nothing else is ready there is nothing to be woken for at once: the caller need not wait for what follows here.
        if self.executor?.isAlone ?? true { self.flushNow() } else { self.flush() }
        self.guardian.answerEnds(self.context)
    }

    /// Sends what was taken once the event loop has nothing more urgent to do.
    func flush() {
        self.writeReady()
        guard !self.isFlushPlanned else { return }
        guard let executor = self.executor else { return self.flushNow() }
        self.isFlushPlanned = true
        executor.send(self)
    }

    /// Sends what was taken since ``flush()``.
    func send() {
        self.isFlushPlanned = false
        // What came meanwhile, such as the head of the next answer, may as well.
        self.flushNow()
    }

    /// Sends what was taken, before the connection is closed.
    func flushNow() {
        self.writeReady()
        self.context.flush()
    }

    private func writeReady() {
        if let ready = self.encoder.take() { self.context.write(NIOAny(ready), promise: nil) }
    }

    private func checkActive() throws {
        guard !self.isClosed else { throw ChannelError.ioOnClosedChannel }
    }

    // MARK: Waiting

    /// Whether more may be written at once.
    var isWritable: Bool { self.channel.isWritable }

    /// Tells the writer when more may be written.
    func await(_ continuation: CheckedContinuation<Void, any Error>) {
        guard !self.isClosed else {
            return continuation.resume(throwing: ChannelError.ioOnClosedChannel)
        }
        if self.isWritable || Task.isCancelled { return continuation.resume() }
        self.writer = continuation
    }

    /// The caller reads again.
    func writabilityChanged() {
        if self.isWritable { self.writer.take()?.resume() }
    }

    /// The connection is gone.
    func closed() {
        self.isClosed = true
        self.giveUp(ChannelError.ioOnClosedChannel)
    }

    /// Whoever waits is told that there will be no more room.
    func giveUp(_ error: any Error) {
        self.writer.take()?.resume(throwing: error)
    }
}
