import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL

/// One HTTP/1.1 connection as the server hands it around.
struct HTTPConnection: ServerChildChannelValue {
    let asyncChannel: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    let watch: ConnectionWatch

    var channel: any Channel { self.asyncChannel.channel }
}

/// Hummingbird's HTTP/1.1 connection with two things of ours: it is served on its own event loop, and its task is
/// cancelled when the caller leaves an inference request.
struct ServiceChannel: ServerChildChannel, HTTPChannelHandler {
    /// What the kernel may hold of an answer that is not read: more would only hide a caller that stopped reading.
    private static let sendBufferBytes = 131_072

    let responder: Responder
    let limits: ConnectionLimits
    let executors: EventLoopExecutors
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
                try pipeline.configureHTTPServerPipeline(
                    withPipeliningAssistance: false,  // NIOAsyncChannel takes one request after the other.
                    withErrorHandling: false,  // ConnectionHandler answers what is not HTTP.
                    withOutboundHeaderValidation: false,  // swift-http-types has validated the fields.
                    withEncoderConfiguration: .init(),
                    withDecoderLimitConfiguration: decoderLimits
                )
                try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: self.tls != nil))
                try pipeline.addHandler(ConnectionHandler(watch: watch, limits: self.limits, refusals: self.refusals))
                try pipeline.addHandler(HTTPConnectionStateHandler(idleTimeout: self.limits.idle, logger: logger))
                return HTTPConnection(
                    asyncChannel: try NIOAsyncChannel(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    ),
                    watch: watch
                )
            }
    }

    func handle(value: HTTPConnection, logger: Logger) async {
        await withTaskExecutorPreference(self.executors.executor(of: value.channel.eventLoop)) {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    await ConnectionWatch.$current.withValue(value.watch) {
                        await self.handleHTTP(asyncChannel: value.asyncChannel, logger: logger)
                    }
                    value.watch.finish()
                }
                if await value.watch.untilDecided() { group.cancelAll() }
            }
        }
    }
}
