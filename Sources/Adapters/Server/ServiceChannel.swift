import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// One HTTP/1.1 connection as the server hands it around.
struct HTTPConnection: ServerChildChannelValue {
    let channel: any Channel
    let watch: ConnectionWatch
}

/// HTTP/1.1 connections whose requests are answered on their own event loop.
struct ServiceChannel: ServerChildChannel {
    /// What the kernel may hold of an answer that is not read: more would only hide a caller that stopped reading.
    private static let sendBufferBytes = 131_072

    let service: RequestService
    let limits: ConnectionLimits
    let tls: TLSIdentity?
    let refusals: RefusalTrace

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTPConnection> {
        channel.setOption(.socketOption(.so_sndbuf), value: SocketOptionValue(ServiceChannel.sendBufferBytes))
            .flatMapThrowing {
                let watch = ConnectionWatch()
                var decoderLimits = NIOHTTPDecoderLimitConfiguration()
                decoderLimits.maxHeaderFieldSize = self.limits.maxHeaderBytes
                decoderLimits.maxHeaderListSize = self.limits.maxHeaderBytes
                let pipeline = channel.pipeline.syncOperations
                if let tls = self.tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls.context)) }
                let handler = RequestHandler(
                    service: self.service,
                    watch: watch,
                    limits: self.limits,
                    refusals: self.refusals,
                    isSecure: self.tls != nil
                )
                try pipeline.addHandler(RequestShortcut(handler: handler))
                try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: decoderLimits)))
                try pipeline.addHandler(handler)
                return HTTPConnection(channel: channel, watch: watch)
            }
    }

    /// Waits for the end of the connection, and of what answers its last request.
    func handle(value: HTTPConnection, logger: Logger) async {
        await withTaskCancellationHandler {
            try? await value.channel.closeFuture.get()
            await value.watch.end()
        } onCancel: {
            value.watch.cancel()
            value.channel.close(promise: nil)
        }
    }
}
