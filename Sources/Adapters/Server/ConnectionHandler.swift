import Application
import Domain
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// The body of a request did not arrive in time.
struct BodyDeadlinePassed: Error {}

/// The caller ended its side before the end of its request's body.
struct BodyCutOff: Error {}

/// The body of a request is not framed as HTTP wants it; the caller has been told.
struct BodyMalformed: Error {}

/// Guards one connection: sees the caller leave, cuts one that stops reading or dribbles its body, answers what is not
/// HTTP, lets a caller that expects `100 Continue` go on, and closes behind an answer that says `Connection: close`.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum Timing {
        /// How long a caller has for reading the answer behind which its connection is closed.
        static let linger = TimeAmount.seconds(2)
    }

    private let watch: ConnectionWatch
    private let limits: ConnectionLimits
    private let refusals: RefusalTrace
    private var bodyTimer: Scheduled<Void>?
    private var stallTimer: Scheduled<Void>?
    private var isReadingBody = false
    /// Whether the body is an upload: it may take as long as it likes, as long as it goes on.
    private var isUploading = false
    private var isAnswering = false
    private var closesAfterAnswer = false
    private var requestsInFlight = 0
    /// The caller wants no more than the answers that are on their way.
    private var callerCloses = false
    /// Nothing that arrives matters any more.
    private var isDeaf = false

    init(watch: ConnectionWatch, limits: ConnectionLimits, refusals: RefusalTrace) {
        self.watch = watch
        self.limits = limits
        self.refusals = refusals
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isDeaf else { return }
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.isReadingBody = true
            self.isUploading = UploadRoutes.contains(head)
            self.requestsInFlight += 1
            self.callerCloses = self.callerCloses || head.asksToClose
            self.continueIfExpected(head, context)
        case .body: if self.isUploading { self.stopBodyTimer() }
        case .end:
            self.isReadingBody = false
            self.stopBodyTimer()
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // A body that came whole with its head, as most do, never starts a timer.
        if self.isReadingBody, !self.isUploading { self.startBodyTimer(context) }
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent {
            self.watch.callerLeft()
            // What has come of the body would look like all of it.
            if self.isReadingBody, !self.isDeaf { context.fireErrorCaught(BodyCutOff()) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.watch.callerLeft()
        self.cancelTimers()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.cancelTimers()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        guard !self.isDeaf else { return }
        self.isDeaf = true
        guard !self.isAnswering else { return context.close(promise: nil) }
        let isReadingBody = self.isReadingBody
        if isReadingBody, error == .invalidEOFState { return context.fireErrorCaught(BodyCutOff()) }
        self.refuse(error, context)
        // Whoever reads the body must not take what has come of it for all of it.
        if isReadingBody { context.fireErrorCaught(BodyMalformed()) }
    }

    // MARK: Out

    func read(context: ChannelHandlerContext) {
        // Whoever passes an upload on asks for more when it has a use for it: only then the caller is waited for.
        if self.isReadingBody, self.isUploading { self.startBodyTimer(context) }
        context.read()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch self.unwrapOutboundIn(data) {
        case .head(let head) where head.status.kind != .informational:
            self.isAnswering = true
            self.closesAfterAnswer = head.headerFields[.connection] == "close"
        case .head, .body: break
        case .end:
            self.isAnswering = false
            self.requestsInFlight -= 1
            if self.closesAfterAnswer || self.callerCloses && self.requestsInFlight == 0 {
                context.write(data, promise: promise)
                context.flush()
                return self.closeGently(context)
            }
        }
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.stallTimer?.cancel()
        self.stallTimer = nil
        if !context.channel.isWritable {
            let channel = context.channel
            self.stallTimer = context.eventLoop.scheduleTask(in: .nanoseconds(self.limits.stall.nanoseconds)) {
                channel.close(promise: nil)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Parts

    /// A body that will be refused for its size anyway is not asked for (RFC 9110, section 10.1.1).
    private func continueIfExpected(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
        guard head.headerFields[.expect]?.lowercased() == "100-continue" else { return }
        let length = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
        guard length <= self.limits.maxBodyBytes || self.isUploading else { return }
        context.writeAndFlush(self.wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    private func refuse(_ error: HTTPParserError, _ context: ChannelHandlerContext) {
        let answer: ServiceError =
            if error == .headerOverflow {
                ServiceError(.headerTooLarge, "The request's head is larger than \(self.limits.maxHeaderBytes) bytes.")
            } else {
                .notHTTP
            }
        let response = ProblemDetails(answer, requestID: nil, instance: nil).response
        let address = context.remoteAddress?.ipAddress.flatMap { IPNetwork($0) }
        self.refusals.note(answer, status: response.status.code, requestID: nil, address: address)
        var head = HTTPResponse(status: response.status, headerFields: response.headers)
        head.headerFields[.connection] = "close"
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(self.wrapOutboundOut(.body(response.body)), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        self.closeGently(context)
    }

    /// Closes our side and gives the caller time to read: closing both sides at once would reset the connection while
    /// the caller still sends, and the answer would be lost.
    private func closeGently(_ context: ChannelHandlerContext) {
        self.isDeaf = true
        let channel = context.channel
        channel.close(mode: .output, promise: nil)
        context.eventLoop.scheduleTask(in: Timing.linger) { channel.close(promise: nil) }
    }

    private func startBodyTimer(_ context: ChannelHandlerContext) {
        guard self.bodyTimer == nil else { return }
        let patience = TimeAmount.nanoseconds(self.limits.body.nanoseconds)
        self.bodyTimer = context.eventLoop.assumeIsolated().scheduleTask(in: patience) {
            self.isDeaf = true
            context.fireErrorCaught(BodyDeadlinePassed())
        }
    }

    private func stopBodyTimer() {
        self.bodyTimer?.cancel()
        self.bodyTimer = nil
    }

    private func cancelTimers() {
        self.stopBodyTimer()
        self.stallTimer?.cancel()
        self.stallTimer = nil
    }
}

extension HTTPField.Name {
    /// `Expect`, which swift-http-types has no constant for.
    fileprivate static let expect = HTTPField.Name("expect") ?? .accept
}

extension HTTPRequest {
    /// Whether the caller wants its connection closed; the options of `Connection` know no case (RFC 9110, 7.6.1).
    fileprivate var asksToClose: Bool {
        guard let options = self.headerFields[.connection] else { return false }
        return options.split(separator: ",").contains { option in
            option.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }.lowercased() == "close"
        }
    }
}
