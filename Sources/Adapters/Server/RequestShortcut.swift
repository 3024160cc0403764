import HTTPTypes
import NIOCore

/// What stands behind the decoder, and takes requests that need not pass it.
protocol RepeatedRequests: AnyObject {
    /// How many heads have come from the decoder.
    var requestsRead: Int { get }
    /// Whether what the decoder has given ended with the end of a request.
    var isBetweenRequests: Bool { get }
    /// The head that came last, from the decoder or repeated.
    var lastHead: RequestHead? { get }

    /// Takes a request with the head that came last and another body, which is all there; returns whether it could.
    func repeatRequest(_ body: ByteBuffer) -> Bool
    /// Learns where answers pass nobody who is there for requests only.
    func answers(through context: ChannelHandlerContext)
}

/// Stands before the decoder, and has the requests go past it that it would make nothing new of.
///
/// Those are the ones that came whole, and whose head is the one before but for the length of its body: the ``RequestHandler`` takes
/// them for what that head was decoded to.
final class RequestShortcut: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Where the decoder is, as far as can be told from outside.
    private enum Decoder {
        /// Between two requests, with nothing of a next one.
        case isBetween
        /// So many bytes before the end of a request.
        case isBefore(Int)
        /// Not known: it has got what was not looked through here.
        case isSomewhere
    }

    private let handler: any RepeatedRequests
    private var decoder = Decoder.isBetween
    private var head: RepeatedHead?

    /// `handler`: the one behind the decoder.
    init(handler: some RepeatedRequests) {
        self.handler = handler
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.handler.answers(through: context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = self.unwrapInboundIn(data)
        switch self.decoder {
        case .isBetween:
            if let body = self.head?.body(in: bytes), self.handler.repeatRequest(body) { return }
            let served = self.handler.requestsRead
            context.fireChannelRead(data)
            self.decoder = self.place(behind: bytes, since: served)
        case .isBefore(let rest):
            context.fireChannelRead(data)
            self.decoder = self.place(rest - bytes.readableBytes)
        case .isSomewhere: context.fireChannelRead(data)
        }
    }

    /// Where the decoder is behind the first bytes of a request.
    private func place(behind bytes: ByteBuffer, since served: Int) -> Decoder {
        self.head = nil
        guard self.handler.requestsRead == served + 1, let decoded = self.handler.lastHead,
            let head = RepeatedHead(bytes, decodedAs: decoded.request), let length = decoded.bodyLength
        else { return .isSomewhere }
        self.head = head
        return self.place(head.count + length - bytes.readableBytes)
    }

    /// Where it is so many bytes before the end of a request, if that is what the handler has got of it.
    private func place(_ rest: Int) -> Decoder {
        if rest > 0 { return .isBefore(rest) }
        return rest == 0 && self.handler.isBetweenRequests ? .isBetween : .isSomewhere
    }
}
