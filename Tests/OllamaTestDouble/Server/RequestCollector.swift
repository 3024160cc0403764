import NIOCore
import NIOHTTP1

/// Puts the parts of each request together and hands it to its connection.
final class RequestCollector: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    private let connection: Connection
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(connection: Connection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            if head.headers.first(name: "Expect")?.lowercased() == "100-continue" {
                let go = context.channel.allocator.buffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
                context.writeAndFlush(NIOAny(go), promise: nil)
            }
        case .body(let bytes): body.append(contentsOf: bytes.readableBytesView)
        case .end: deliver()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func deliver() {
        guard let head else { return }
        self.head = nil
        connection.received(
            RecordedRequest(
                method: head.method.rawValue,
                target: head.uri,
                headers: head.headers.map { .init(name: $0.name, value: $0.value) },
                body: body,
                instant: .now,
                connection: connection.number
            )
        )
        body = []
    }
}
