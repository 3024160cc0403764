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
///
/// Before it stands NIO's decoder, and before that a ``RequestShortcut`` past it: ``ConnectionGuard`` and ``AnswerOutlet`` are its own, and no
/// handlers.
// @unchecked: its state is confined to the connection's event loop, on which the pipeline calls it; AnswerWriter, whose task may run
// elsewhere, comes over first.
final class RequestHandler: ChannelDuplexHandler, RepeatedRequests, @unchecked Sendable {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = ByteBuffer

    /// How much of later requests may have arrived before nothing more is read.
    private enum Ahead {
        static let parts = 32
        static let bytes = 65_536
    }

    /// What arrives of requests.
    private enum Part {
        case head(RequestHead)
        case body(ByteBuffer)
        case end
    }

    /// What becomes of the body's parts that arrive.
    private enum Reading {
        /// Between requests.
        case nothing
        /// A request whose task has not begun.
        case request(RequestHead, ByteBuffer?, isWhole: Bool)
        /// The body of the request that is being answered.
        case body(IncomingBody)
        /// A body that nobody wants.
        case leftOver
    }

    private let service: RequestService
    private let watch: ConnectionWatch
    private let refusals: RefusalTrace
    private let limits: ConnectionLimits
    private var heads: RequestHeadReader
    private(set) var requestsRead = 0
    private(set) var isBetweenRequests = true
    /// Where answers leave; nil where nothing stands before the handler.
    private var way: ChannelHandlerContext?
    private var last: RequestHead?
    /// Those of the request before: its caller will ask for the same again.
    private var traits: RouteTraits
    private var connection: Connection?
    private var reading = Reading.nothing
    private var isAnswering = false
    /// What belongs to later requests: few callers send one before they have the answer to the last.
    private var ahead = CircularBuffer<Part>(initialCapacity: 1)
    private var aheadBytes = 0
    private var heldRead = false
    private var hasInputClosed = false
    private var failure: (any Error)?

    /// What there is as long as the handler stands in a pipeline.
    private final class Connection {
        let context: ChannelHandlerContext
        let source: ConnectionSource
        let executor: EventLoopExecutor?
        let guardian: ConnectionGuard
        let outlet: AnswerOutlet

        init(
            context: ChannelHandlerContext,
            source: ConnectionSource,
            executor: EventLoopExecutor?,
            guardian: ConnectionGuard,
            outlet: AnswerOutlet
        ) {
            self.context = context
            self.source = source
            self.executor = executor
            self.guardian = guardian
            self.outlet = outlet
        }
    }

    /// `isSecure`: whether the connection speaks TLS.
    init(
        service: RequestService,
        watch: ConnectionWatch,
        limits: ConnectionLimits,
        refusals: RefusalTrace,
        isSecure: Bool
    ) {
        self.service = service
        self.traits = service.front.traits(of: "/")
        self.watch = watch
        self.limits = limits
        self.refusals = refusals
        self.heads = RequestHeadReader(isSecure: isSecure)
    }

    // MARK: In

    func handlerAdded(context: ChannelHandlerContext) {
        // Each keeps the other until the handler is removed: a weak reference would make counting the handler's dearer for as long as
        // it lives.
        let guardian = ConnectionGuard(watch: self.watch, limits: self.limits, refusals: self.refusals) {
            self.fail($0)
        }
        let executor = self.service.executors.executor(of: context.eventLoop)
        self.connection = Connection(
            context: context,
            source: ConnectionSource(channel: context.channel, logger: self.service.logger, watch: self.watch),
            executor: executor,
            guardian: guardian,
            outlet: AnswerOutlet(context: self.way ?? context, guardian: guardian, executor: executor)
        )
        self.way = nil
        if context.channel.isActive { guardian.begins(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        self.connection?.guardian.begins(context)
        context.fireChannelActive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.connection?.guardian.ends()
        self.connection = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let guardian = self.connection?.guardian, !guardian.isDeaf else { return }
        let part: Part
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            do {
                let head = try self.heads.read(head)
                self.requestsRead += 1
                self.isBetweenRequests = false
                self.last = head
                guardian.headCame(head, context)
                part = .head(head)
            } catch {
                return self.fail(error)
            }
        case .body(let bytes):
            guardian.bodyCame()
            part = .body(bytes)
        case .end:
            guardian.endCame()
            self.isBetweenRequests = true
            part = .end
        }
        if case .request(_, _, isWhole: true) = self.reading { return self.keep(part) }
        guard !self.isAnswering || self.isInBody, self.ahead.isEmpty else { return self.keep(part) }
        self.take(part)
    }

    var lastHead: RequestHead? { self.last }

    func answers(through context: ChannelHandlerContext) {
        self.way = context
    }

    func repeatRequest(_ body: ByteBuffer) -> Bool {
        guard let connection = self.connection, !connection.guardian.isDeaf, !self.isAnswering, self.ahead.isEmpty,
            self.failure == nil, let last, case .nothing = self.reading
        else { return false }
        let head = last.with(bodyLength: body.readableBytes)
        self.last = head
        connection.guardian.headCame(head, connection.context)
        connection.guardian.bodyCame()
        connection.guardian.endCame()
        self.reading = .request(head, body, isWhole: true)
        return true
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.connection?.guardian.readCompleted(context)
        self.begin()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let event as ChannelEvent where event == .inputClosed:
            self.connection?.guardian.inputClosed()
            self.hasInputClosed = true
            self.begin()
            self.closeIfDone()
        case is ChannelShouldQuiesceEvent: self.connection?.guardian.quiesces(context)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError {
            self.connection?.guardian.malformed(error, context)
        } else {
            self.fail(error)
        }
    }

    /// Nothing more is to be had of the connection than what has come.
    private func fail(_ error: any Error) {
        self.failure = self.failure ?? error
        if case .body(let body) = self.reading { return body.fail(error) }
        if case .request(_, _, isWhole: false) = self.reading {
            // The rest of a body that has only begun: its request is told.
            self.begin()
            if case .body(let body) = self.reading { return body.fail(error) }
        }
        if !self.isAnswering { self.connection?.context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.connection?.guardian.ends()
        if case .body(let body) = self.reading { body.fail(ChannelError.eof) }
        self.reading = .nothing
        self.ahead.removeAll()
        self.connection?.outlet.closed()
        context.fireChannelInactive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.connection?.guardian.writabilityChanged(context)
        self.connection?.outlet.writabilityChanged()
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        self.connection?.guardian.reads(context)
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
        guard self.heldRead, !self.isFull, let connection = self.connection else { return }
        self.heldRead = false
        connection.guardian.reads(connection.context)
        connection.context.read()
    }

    // MARK: Requests

    private func keep(_ part: Part) {
        if case .body(let bytes) = part { self.aheadBytes += bytes.readableBytes }
        self.ahead.append(part)
    }

    private func take(_ part: Part) {
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
            let connection = self.connection
        else { return }
        self.isAnswering = true
        connection.outlet.prepare()
        let service = self.service
        let request: Request
        var whole: ByteBuffer?
        if isWhole {
            self.reading = .nothing
            let bytes = collected ?? ByteBuffer()
            whole = bytes
            request = Request(head: head.request, body: RequestBody(buffer: bytes))
        } else {
            let eventLoop = connection.source.eventLoop
            let body = IncomingBody { [weak self] in eventLoop.execute { self?.readOn() } }
            if let collected { body.append(collected) }
            self.reading = .body(body)
            request = Request(head: head.request, body: RequestBody(asyncSequence: body))
        }
        let path = request.uri.path
        if self.traits.path != path { self.traits = service.front.traits(of: path) }
        let arrival = Arrival(
            request,
            source: connection.source,
            sent: head.sent,
            key: head.key,
            traits: self.traits,
            body: whole
        )
        // Not at once, but when all that has arrived on other connections has been read: the same is done for many in a row.
        let job: RequestWorker.Job = { await service.answer(arrival, to: self) }
        self.watch.serve(connection.executor?.start(job) ?? .task(Task { await job() }))
    }

    /// Has a task of its own do what is left of the present answer.
    ///
    /// - Throws: `ChannelError` if the caller is gone.
    func goOn(_ rest: @escaping @Sendable () async -> Void) throws {
        guard let connection = self.connection else { throw ChannelError.ioOnClosedChannel }
        self.watch.serve(.task(Task(executorPreference: connection.executor, operation: rest)))
    }

    /// Nothing more comes of the answer, which is cut if it has no end.
    func answered() {
        self.isAnswering = false
        self.watch.served()
        guard let connection = self.connection else { return }
        guard connection.outlet.hasEnded else {
            // What came of the answer is still the caller's.
            connection.outlet.flushNow()
            return connection.context.close(promise: nil)
        }
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
        self.connection?.outlet.flushNow()
        self.connection?.context.close(mode: .output, promise: nil)
    }

    // MARK: Out

    /// Where the answer goes.
    ///
    /// - Throws: `ChannelError` if the caller is gone.
    func outlet() throws -> AnswerOutlet {
        guard let connection = self.connection else { throw ChannelError.ioOnClosedChannel }
        return connection.outlet
    }
}
