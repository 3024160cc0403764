import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// The end of a connection's pipeline: makes requests of what arrives, and has one after the other answered by a task that
/// runs on the connection's own event loop.
///
/// In the place of Hummingbird's own loop over a `NIOAsyncChannel` (decision 13): a request that came whole starts at once, and its
/// answer is one write. What bounds a connection is the same: a caller that sends request upon
/// request is read no further, and one that does not read is not written to.
// @unchecked: its state is confined to the connection's event loop, on which the pipeline calls it; AnswerWriter, whose task may run
// elsewhere, comes over first.
final class RequestHandler: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// How much of later requests may have arrived before nothing more is read.
    private enum Ahead {
        static let parts = 32
        static let bytes = 65_536
    }

    /// What becomes of the body's parts that arrive.
    private enum Reading {
        /// Between requests.
        case nothing
        /// A request whose task has not begun.
        case request(HTTPRequest, ByteBuffer?, isWhole: Bool)
        /// The body of the request that is being answered.
        case body(IncomingBody)
        /// A body that nobody wants.
        case leftOver
    }

    private let service: RequestService
    private let watch: ConnectionWatch
    private var context: ChannelHandlerContext?
    private var source: ConnectionSource?
    private var reading = Reading.nothing
    private var isAnswering = false
    private var hasEnded = false
    /// What belongs to later requests.
    private var ahead: CircularBuffer<HTTPRequestPart> = []
    private var aheadBytes = 0
    private var heldRead = false
    private var hasInputClosed = false
    private var failure: (any Error)?
    private var writer: CheckedContinuation<Void, any Error>?
    private var date = DateHeader()

    init(service: RequestService, watch: ConnectionWatch) {
        self.service = service
        self.watch = watch
    }

    // MARK: In

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.source = ConnectionSource(channel: context.channel, logger: self.service.logger, watch: self.watch)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = self.unwrapInboundIn(data)
        if case .request(_, _, isWhole: true) = self.reading { return self.keep(part) }
        guard !self.isAnswering || self.isInBody, self.ahead.isEmpty else { return self.keep(part) }
        self.take(part)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.begin()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            self.hasInputClosed = true
            self.begin()
            self.closeIfDone()
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.failure = self.failure ?? error
        if case .body(let body) = self.reading { return body.fail(error) }
        if case .request(_, _, isWhole: false) = self.reading {
            // The rest of a body that has only begun: its request is told.
            self.begin()
            if case .body(let body) = self.reading { return body.fail(error) }
        }
        if !self.isAnswering { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .body(let body) = self.reading { body.fail(ChannelError.eof) }
        self.reading = .nothing
        self.ahead.removeAll()
        self.writer.take()?.resume(throwing: ChannelError.ioOnClosedChannel)
        context.fireChannelInactive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.writer.take()?.resume() }
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        if self.isFull { self.heldRead = true } else { context.read() }
    }

    private var isInBody: Bool {
        switch self.reading {
        case .body, .leftOver: true
        case .nothing, .request: false
        }
    }

    private var isFull: Bool {
        if case .body(let body) = self.reading, body.isFull { return true }
        return self.ahead.count >= Ahead.parts || self.aheadBytes >= Ahead.bytes
    }

    private func readOn() {
        guard self.heldRead, !self.isFull, let context = self.context else { return }
        self.heldRead = false
        context.read()
    }

    // MARK: Requests

    private func keep(_ part: HTTPRequestPart) {
        if case .body(let bytes) = part { self.aheadBytes += bytes.readableBytes }
        self.ahead.append(part)
    }

    private func take(_ part: HTTPRequestPart) {
        switch (part, self.reading) {
        case (.head(let head), _): self.reading = .request(head, nil, isWhole: false)
        case (.body(let bytes), .request(let head, nil, _)): self.reading = .request(head, bytes, isWhole: false)
        case (.body(var bytes), .request(let head, var collected?, _)):
            // Nobody else holds it: the bytes are added in place.
            self.reading = .nothing
            collected.writeBuffer(&bytes)
            self.reading = .request(head, collected, isWhole: false)
        case (.body(let bytes), .body(let body)): body.append(bytes)
        case (.end, .request(let head, let collected, _)):
            self.reading = .request(head, collected, isWhole: true)
        case (.end, .body(let body)):
            self.reading = .nothing
            body.end()
        case (.end, .leftOver):
            self.reading = .nothing
            self.takeNext()
        case (.body, .leftOver), (.body, .nothing), (.end, .nothing): break
        }
    }

    /// Lets a task answer the request that has arrived, or has begun to.
    private func begin() {
        guard !self.isAnswering, case .request(let head, let collected, let isWhole) = self.reading,
            let context = self.context, let source = self.source
        else { return }
        self.isAnswering = true
        self.hasEnded = false
        let request: Request
        if isWhole {
            self.reading = .nothing
            request = Request(head: head, body: RequestBody(buffer: collected ?? ByteBuffer()))
        } else {
            let eventLoop = context.eventLoop
            let body = IncomingBody { [weak self] in eventLoop.execute { self?.readOn() } }
            if let collected { body.append(collected) }
            self.reading = .body(body)
            request = Request(head: head, body: RequestBody(asyncSequence: body))
        }
        let task = Task.onLoop(self.service.executors.executor(of: context.eventLoop)) {
            await self.service.answer(request, from: source, to: self)
        }
        // It may have come to its end already.
        if self.isAnswering { self.watch.serve(task) }
    }

    /// Nothing more comes of the answer, which is cut if it has no end.
    func answered() {
        self.isAnswering = false
        self.watch.serve(nil)
        guard let context = self.context else { return }
        guard self.hasEnded else { return context.close(promise: nil) }
        switch self.reading {
        case .body: self.reading = self.failure == nil ? .leftOver : .nothing
        case .nothing, .request, .leftOver: break
        }
        self.takeNext()
        self.begin()
        self.readOn()
        self.closeIfDone()
    }

    /// Takes what has come of the next request.
    private func takeNext() {
        while let part = self.ahead.popFirst() {
            if case .body(let bytes) = part { self.aheadBytes -= bytes.readableBytes }
            self.take(part)
            if case .request(_, _, isWhole: true) = self.reading { return }
        }
    }

    /// Closes a connection of which nothing more is to be expected.
    private func closeIfDone() {
        guard !self.isAnswering, self.hasInputClosed || self.failure != nil else { return }
        // Behind what is still on its way to the caller.
        self.context?.close(mode: .output, promise: nil)
    }

    // MARK: Out

    /// The value of `Date` in an answer that begins now.
    func dateValue() -> String { self.date.value() }

    /// Writes a part of the answer.
    ///
    /// - Returns: whether more may be written at once.
    /// - Throws: `ChannelError` if the caller is gone.
    func send(_ part: HTTPResponsePart, flush: Bool) throws -> Bool {
        guard let context = self.context, context.channel.isActive else { throw ChannelError.ioOnClosedChannel }
        if case .end = part { self.hasEnded = true }
        context.write(self.wrapOutboundOut(part), promise: nil)
        if flush { context.flush() }
        return context.channel.isWritable
    }

    /// Sends what was written, once the task that wrote it has nothing more to say for now.
    func flushSoon() {
        guard let context = self.context else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.flush() }
    }

    /// Waits until the caller has read enough for more to be written.
    ///
    /// - Throws: `ChannelError` if the caller is gone, `CancellationError`.
    func untilWritable(on eventLoop: any EventLoop) async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                eventLoop.runNow { self.wait(continuation) }
            }
        } onCancel: {
            eventLoop.runNow { self.writer.take()?.resume(throwing: CancellationError()) }
        }
    }

    private func wait(_ continuation: CheckedContinuation<Void, any Error>) {
        guard let context = self.context, context.channel.isActive else {
            return continuation.resume(throwing: ChannelError.ioOnClosedChannel)
        }
        if context.channel.isWritable || Task.isCancelled { return continuation.resume() }
        self.writer = continuation
    }
}

extension EventLoop {
    /// Runs something on the loop: at once for who is there.
    fileprivate func runNow(_ body: @escaping @Sendable () -> Void) {
        if self.inEventLoop { body() } else { self.execute(body) }
    }
}
