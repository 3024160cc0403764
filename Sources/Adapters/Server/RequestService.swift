import Domain
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes

/// Answers the requests of connections by the routes.
final class RequestService: Sendable {
    let front: Front
    let executors: EventLoopExecutors
    let logger: Logger

    init(front: Front, executors: EventLoopExecutors, logger: Logger) {
        self.front = front
        self.executors = executors
        self.logger = logger
    }

    /// Answers a request and tells the connection when that is over; runs on the connection's event loop.
    func answer(_ arrival: Arrival, to handler: RequestHandler) async {
        var writer = AnswerWriter(handler: handler, eventLoop: arrival.source.eventLoop)
        do {
            let request = self.front.receive(arrival)
            let response = try await self.front.answer(request)
            request.fields.add { $0.add("Date", DateHeader.now) }
            let fields = request.fields.take()
            writer.length = response.body.contentLength ?? fields.bodyLength
            try await writer.begin(response.head, fields)
            guard writer.length == nil else { return await self.write(response.body, writer) }
            // A task keeps the memory of its deepest call until it ends, and a stream may go on for long: by one of its own.
            let (body, answer) = (response.body, writer)
            try await writer.goOn { await self.write(body, answer) }
        } catch {
            await self.cut(writer, error)
        }
    }

    private func write(_ body: ResponseBody, _ writer: AnswerWriter) async {
        do {
            try await body.write(writer)
            await writer.over()
        } catch {
            await self.cut(writer, error)
        }
    }

    /// The caller is gone, or its answer has failed on the way: it is cut, so that nobody takes it for whole.
    private func cut(_ writer: AnswerWriter, _ error: any Error) async {
        self.logger.trace("an answer was not finished: \(error)")
        await writer.over()
    }
}

/// What a request learns of the connection that it came by.
struct ConnectionSource: Sendable {
    let logger: Logger
    let eventLoop: any EventLoop
    let watch: ConnectionWatch?
    /// The address at the other end; nil where that is a socket of this machine without one.
    let peer: IPNetwork?
    let isUnixSocket: Bool

    init(channel: any Channel, logger: Logger, watch: ConnectionWatch?) {
        self.logger = logger
        self.eventLoop = channel.eventLoop
        self.watch = watch
        let address = channel.remoteAddress
        self.peer = address?.ipAddress.flatMap { IPNetwork($0) }
        if case .unixDomainSocket? = address { self.isUnixSocket = true } else { self.isUnixSocket = false }
    }
}

/// Writes an answer to the connection, as fast as its caller reads.
struct AnswerWriter: ResponseBodyWriter {
    fileprivate let handler: RequestHandler
    fileprivate let eventLoop: any EventLoop
    /// How long the body is, where the head says so.
    fileprivate var length: Int?

    /// Writes the head; one of an answer that is not there yet goes out at once.
    fileprivate func begin(_ head: HTTPResponse, _ fields: FieldLines) async throws {
        try await self.onLoop { handler in
            let outlet = try handler.outlet()
            try outlet.begin(head, fields)
            if self.length == nil { outlet.flush() }
        }
    }

    /// Writes a piece at once, and waits until the next one may be written; a body in one piece goes out with its end.
    func write(_ buffer: ByteBuffer) async throws {
        let isWhole = buffer.readableBytes == self.length
        // Without a closure where nobody has to come over: this is done with every token.
        let isWritable =
            self.eventLoop.inEventLoop
            ? try AnswerWriter.write(buffer, isWhole: isWhole, to: self.handler)
            : try await self.onLoop { try AnswerWriter.write(buffer, isWhole: isWhole, to: $0) }
        if !isWritable { try await self.handler.untilWritable(on: self.eventLoop) }
    }

    /// Writes a piece; returns whether more may be written.
    private static func write(_ piece: ByteBuffer, isWhole: Bool, to handler: RequestHandler) throws -> Bool {
        let outlet = try handler.outlet()
        try outlet.write(piece)
        if !isWhole { outlet.flush() }
        return isWhole || outlet.isWritable
    }

    /// Ends the answer.
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        let isWritable = try await self.onLoop { handler in
            let outlet = try handler.outlet()
            try outlet.end(trailingHeaders)
            return outlet.isWritable
        }
        // Of answers that are not read there are no two at once.
        if !isWritable { try await self.handler.untilWritable(on: self.eventLoop) }
    }

    /// Has a task of its own do what is left of the answer.
    fileprivate func goOn(_ rest: @escaping @Sendable () async -> Void) async throws {
        try await self.onLoop { try $0.goOn(rest) }
    }

    /// The connection may go on with the next request.
    fileprivate func over() async {
        try? await self.onLoop { $0.answered() }
    }

    private func onLoop<Result: Sendable>(
        _ body: @escaping @Sendable (RequestHandler) throws -> Result
    ) async throws -> Result {
        // Whoever writes from elsewhere, as what reads files does, comes over.
        guard self.eventLoop.inEventLoop else {
            return try await self.eventLoop.submit { [handler] in try body(handler) }.get()
        }
        return try body(self.handler)
    }
}
