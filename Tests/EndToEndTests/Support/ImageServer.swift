import NIOCore
import NIOHTTP1
import NIOPosix

/// A web server that has one picture, at every path.
final class ImageServer: Sendable {
    let port: Int
    private let listener: any Channel

    private init(_ listener: any Channel) {
        self.listener = listener
        self.port = listener.localAddress?.port ?? 0
    }

    var url: String { "http://127.0.0.1:\(self.port)/picture.png" }

    /// Runs a test with such a server.
    static func run(_ picture: [UInt8], _ test: (ImageServer) async throws -> Void) async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(PictureHandler(picture))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = ImageServer(listener)
        do {
            try await test(server)
        } catch {
            try? await listener.close().get()
            throw error
        }
        try await listener.close().get()
    }
}

private final class PictureHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let picture: [UInt8]

    init(_ picture: [UInt8]) {
        self.picture = picture
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = self.unwrapInboundIn(data) else { return }
        let headers: HTTPHeaders = ["Content-Type": "image/png", "Content-Length": String(self.picture.count)]
        context.write(
            self.wrapOutboundOut(.head(.init(version: .http1_1, status: .ok, headers: headers))),
            promise: nil
        )
        context.write(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: self.picture)))), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }
}
