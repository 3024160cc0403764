import Application
import Domain
import HTTPTypes
import NIOCore
import NIOHTTP1

/// The body of a request did not arrive in time.
struct BodyDeadlinePassed: Error {}

/// The caller ended its side before the end of its request's body.
struct BodyCutOff: Error {}

/// The body of a request is not framed as HTTP wants it; the caller has been told.
struct BodyMalformed: Error {}

/// Guards one connection: sees the caller leave, cuts one that says nothing, stops reading or dribbles its body, answers
/// what is not HTTP, lets a caller that expects `100 Continue` go on, and closes behind an answer that says
/// `Connection: close`.
///
/// ``RequestHandler`` tells it what comes and goes. All of it belongs to the connection's event loop.
final class ConnectionGuard {
    private enum Timing {
        /// How long a caller has for reading the answer behind which its connection is closed.
        static let linger = TimeAmount.seconds(2)
    }

    private let watch: ConnectionWatch
    private let limits: ConnectionLimits
    private let refusals: RefusalTrace
    /// Told what is wrong with a body that is being read.
    private let onBodyFailure: (any Error) -> Void
    private var bodyTimer: Scheduled<Void>?
    private var stallTimer: Scheduled<Void>?
    private var idleTimer: Scheduled<Void>?
    private var lastActive = NIODeadline.now()
    private var isReadingBody = false
    /// Whether the body is an upload: it may take as long as it likes, as long as it goes on.
    private var isUploading = false
    private var isAnswering = false
    private var closesAfterAnswer = false
    private var requestsInFlight = 0
    /// No more is to come than the answers that are on their way: the caller wants it so, or the service stops.
    private var isClosing = false
    /// Nothing that arrives matters any more.
    private(set) var isDeaf = false
    /// What came behind requests that are still to be answered, and is none.
    private var unanswered: HTTPParserError?

    init(
        watch: ConnectionWatch,
        limits: ConnectionLimits,
        refusals: RefusalTrace,
        onBodyFailure: @escaping (any Error) -> Void
    ) {
        self.watch = watch
        self.limits = limits
        self.refusals = refusals
        self.onBodyFailure = onBodyFailure
    }

    // MARK: In

    /// The connection is there.
    func begins(_ context: ChannelHandlerContext) {
        self.lastActive = .now()
        self.startIdleTimer(context)
    }

    /// The head of a request has come.
    func headCame(_ head: RequestHead, _ context: ChannelHandlerContext) {
        self.lastActive = .now()
        self.isReadingBody = true
        self.isUploading = UploadRoutes.contains(head.request)
        self.requestsInFlight += 1
        guard !head.sent.isDisjoint(with: [.connection, .expect]) else { return }
        for field in head.request.headerFields {
            switch field.name {
            case .connection: self.isClosing = self.isClosing || field.asksToClose
            case .expect: self.continueIfExpected(field.value, head.request, context)
            default: break
            }
        }
    }

    /// A piece of a body has come.
    func bodyCame() {
        self.lastActive = .now()
        if self.isUploading { self.stopBodyTimer() }
    }

    /// The end of a request has come.
    func endCame() {
        self.isReadingBody = false
        self.stopBodyTimer()
    }

    /// All that has arrived has been read.
    func readCompleted(_ context: ChannelHandlerContext) {
        // A body that came whole with its head, as most do, never starts a timer.
        if self.isReadingBody, !self.isUploading { self.startBodyTimer(context) }
    }

    /// More is about to be read.
    func reads(_ context: ChannelHandlerContext) {
        // Whoever passes an upload on asks for more when it has a use for it: only then the caller is waited for.
        if self.isReadingBody, self.isUploading { self.startBodyTimer(context) }
    }

    /// The caller has closed its side.
    func inputClosed() {
        self.watch.callerLeft()
        // What has come of the body would look like all of it.
        if self.isReadingBody, !self.isDeaf { self.onBodyFailure(BodyCutOff()) }
    }

    /// The connection is gone, or nobody looks after it any more.
    func ends() {
        self.watch.callerLeft()
        self.stopBodyTimer()
        self.stallTimer?.cancel()
        self.stallTimer = nil
        self.idleTimer?.cancel()
        self.idleTimer = nil
    }

    /// What came is not HTTP.
    func malformed(_ error: HTTPParserError, _ context: ChannelHandlerContext) {
        guard !self.isDeaf else { return }
        self.isDeaf = true
        let isReadingBody = self.isReadingBody
        if !isReadingBody, self.requestsInFlight > 0 {
            // Those that came whole are answered first.
            self.unanswered = error
            return
        }
        guard !self.isAnswering else { return context.close(promise: nil) }
        if isReadingBody, error == .invalidEOFState { return self.onBodyFailure(BodyCutOff()) }
        self.refuse(error, context)
        // Whoever reads the body must not take what has come of it for all of it.
        if isReadingBody { self.onBodyFailure(BodyMalformed()) }
    }

    /// The service stops: what is under way is brought to its end.
    func quiesces(_ context: ChannelHandlerContext) {
        if self.requestsInFlight == 0 { context.close(promise: nil) } else { self.isClosing = true }
    }

    // MARK: Out

    /// The head of an answer is written; `closes`: it says that the connection ends with it.
    func answerBegins(closes: Bool) {
        self.isAnswering = true
        self.closesAfterAnswer = closes
    }

    /// The end of an answer has been written.
    func answerEnds(_ context: ChannelHandlerContext) {
        self.isAnswering = false
        self.requestsInFlight -= 1
        if self.closesAfterAnswer || self.isClosing && self.requestsInFlight == 0 {
            context.flush()
            return self.closeGently(context)
        }
        guard self.requestsInFlight == 0 else { return }
        if let error = self.unanswered {
            // Behind the answer, which may not have left yet.
            return self.refuse(error, context)
        }
        self.lastActive = .now()
        self.startIdleTimer(context)
    }

    /// The caller has begun to read again, or has stopped.
    func writabilityChanged(_ context: ChannelHandlerContext) {
        self.stallTimer?.cancel()
        self.stallTimer = nil
        guard !context.channel.isWritable else { return }
        let channel = context.channel
        self.stallTimer = context.eventLoop.scheduleTask(in: .nanoseconds(self.limits.stall.nanoseconds)) {
            channel.close(promise: nil)
        }
    }

    // MARK: Parts

    /// A body that will be refused for its size anyway is not asked for (RFC 9110, section 10.1.1).
    private func continueIfExpected(_ expectation: String, _ head: HTTPRequest, _ context: ChannelHandlerContext) {
        // In the midst of the answer to the request before it would be taken for a part of that.
        guard expectation.lowercased() == "100-continue", self.requestsInFlight == 1 else { return }
        let length = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
        guard length <= self.limits.maxBodyBytes || self.isUploading else { return }
        context.writeAndFlush(NIOAny(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
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
        var encoder = AnswerEncoder()
        _ = encoder.append(head)
        // It is small: errors are.
        _ = encoder.append(response.body)
        encoder.appendEnd(nil)
        if let bytes = encoder.take() { context.writeAndFlush(NIOAny(bytes), promise: nil) }
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
            self.onBodyFailure(BodyDeadlinePassed())
        }
    }

    private func stopBodyTimer() {
        self.bodyTimer?.cancel()
        self.bodyTimer = nil
    }

    /// One timer for as long as the connection lives: it is moved only when it fires, so that a request costs none.
    private func startIdleTimer(_ context: ChannelHandlerContext) {
        guard self.idleTimer == nil else { return }
        let deadline = self.lastActive + .nanoseconds(self.limits.idle.nanoseconds)
        self.idleTimer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.idleTimer = nil
            // The answer that is under way begins it anew.
            guard context.channel.isActive, self.isReadingBody || self.requestsInFlight == 0 else { return }
            let isIdle = self.lastActive + .nanoseconds(self.limits.idle.nanoseconds) <= .now()
            if isIdle { context.close(promise: nil) } else { self.startIdleTimer(context) }
        }
    }
}

extension HTTPField.Name {
    /// `Expect`, which swift-http-types has no constant for.
    fileprivate static let expect = HTTPField.Name("expect") ?? .accept
}

extension HTTPField {
    /// Whether the caller wants its connection closed; the options of `Connection` know no case (RFC 9110, 7.6.1).
    fileprivate var asksToClose: Bool {
        self.value.split(separator: ",").contains { option in
            option.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }.lowercased() == "close"
        }
    }
}
