import NIOCore
import NIOPosix
import Synchronization

/// A peer that answers each request with pieces of text as they are.
final class HandWrittenPeer: Sendable {
    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        let script: @Sendable (Int) -> [String]
        let count: Mutex<Int>
        var received: [UInt8] = []

        init(script: @escaping @Sendable (Int) -> [String]) {
            self.script = script
            self.count = Mutex(0)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.received += self.unwrapInboundIn(data).readableBytesView
            // Enough for requests that are sent in one piece.
            guard self.received.firstRange(of: Array("\r\n\r\n".utf8)) != nil else { return }
            self.received = []
            let number = self.count.withLock { count in
                defer { count += 1 }
                return count
            }
            for text in self.script(number) {
                context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            }
        }
    }

    let url: String
    private let listener: any Channel

    private init(listener: any Channel) {
        self.listener = listener
        self.url = "http://127.0.0.1:\(listener.localAddress?.port ?? 0)"
    }

    /// - Parameter script: the pieces of the answer to a connection's request of this number.
    static func start(script: @escaping @Sendable (Int) -> [String]) async throws -> HandWrittenPeer {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(script: script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return HandWrittenPeer(listener: listener)
    }

    func stop() async {
        try? await self.listener.close().get()
    }
}
