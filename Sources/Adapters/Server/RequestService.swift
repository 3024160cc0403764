import Domain
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes

/// Answers the requests of connections by the routes.
struct RequestService: Sendable {
    let responder: RouterResponder<ServiceContext>
    let executors: EventLoopExecutors
    let logger: Logger

    /// Answers a request and tells the connection when that is over; runs on the connection's event loop.
    func answer(_ request: Request, from source: ConnectionSource, to handler: RequestHandler) async {
        var writer = AnswerWriter(handler: handler, eventLoop: source.eventLoop)
        do {
            var response = try await self.responder.respond(to: request, context: ServiceContext(source: source))
            response.headers.append(HTTPField(name: .date, value: try await writer.dateValue()))
            writer.length = response.body.contentLength
            try await writer.begin(response.head)
            try await response.body.write(writer)
        } catch {
            // The caller is gone, or its answer has failed on the way: it is cut, so that nobody takes it for whole.
            self.logger.trace("an answer was not finished: \(error)")
        }
        await writer.over()
    }
}

/// What a request learns of the connection that it came by.
struct ConnectionSource: RequestContextSource {
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
    fileprivate func begin(_ head: HTTPResponse) async throws {
        try await self.onLoop { handler in
            let outlet = try handler.outlet()
            try outlet.begin(head)
            if self.length == nil { outlet.flush() }
        }
    }

    /// Writes a piece at once, and waits until the next one may be written; a body in one piece goes out with its end.
    func write(_ buffer: ByteBuffer) async throws {
        let isWhole = buffer.readableBytes == self.length
        let isWritable = try await self.onLoop { handler in
            let outlet = try handler.outlet()
            try outlet.write(buffer)
            if !isWhole { outlet.flush() }
            return isWhole || outlet.isWritable
        }
        if !isWritable { try await self.handler.untilWritable(on: self.eventLoop) }
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

    /// The connection may go on with the next request.
    fileprivate func over() async {
        try? await self.onLoop { $0.answered() }
    }

    fileprivate func dateValue() async throws -> String {
        try await self.onLoop { try $0.outlet().dateValue() }
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
