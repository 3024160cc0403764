import Application
import Domain
import NIOCore
import NIOPosix
import NIOSSL
import TestSupport
import Testing

@testable import Infrastructure

@Suite("Fetching images over TLS")
struct ImageFetchTLSTests {
    private static let image = "RIFF0000WEBPVP8 and so on"

    /// Answers every request with the same image.
    private final class Server: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n\(ImageFetchTLSTests.image)"
            context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        }
    }

    /// Every name is this machine, by an address for which the certificate is not: it would do without the name.
    private struct Here: HostResolver {
        static let address = "127.0.0.2"

        func addresses(of host: String, port: Int) throws -> [SocketAddress] {
            [try SocketAddress(ipAddress: Here.address, port: port)]
        }
    }

    private static func listen(with certificate: TestCertificate) async throws -> any Channel {
        let tls = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMBytes(Array(certificate.certificate.utf8))
                    .map { .certificate($0) },
                privateKey: .privateKey(NIOSSLPrivateKey(bytes: Array(certificate.key.utf8), format: .pem))
            )
        )
        return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(NIOSSLServerHandler(context: tls), Server())
                }
            }
            .bind(host: Here.address, port: 0).get()
    }

    private static func fetcher(trusting roots: NIOSSLTrustRoots) throws -> HTTPImageFetcher {
        HTTPImageFetcher(
            HTTPImageFetcher.Settings(
                policy: .any,
                maxBytes: 1000,
                timeout: .seconds(60),
                connectTimeout: .seconds(10),
                redirects: 0,
                atOnce: 1
            ),
            eventLoops: MultiThreadedEventLoopGroup.singleton,
            clock: SystemClock(),
            resolver: Here(),
            trustRoots: roots
        ) { $0 }
    }

    @Test("A certificate has to be trusted, and to be for the name in the URL")
    func certificates() async throws {
        let certificate = try await TestCertificate.make()
        let listener = try await Self.listen(with: certificate)
        let port = listener.localAddress?.port ?? 0
        let roots = try NIOSSLTrustRoots.certificates(
            NIOSSLCertificate.fromPEMBytes(Array(certificate.certificate.utf8))
        )
        let fetcher = try Self.fetcher(trusting: roots)
        #expect(try await fetcher.fetch("https://localhost:\(port)/") == Array(Self.image.utf8))
        for host in ["other.example", "127.0.0.1"] {
            await #expect(throws: ServiceError.self) { try await fetcher.fetch("https://\(host):\(port)/") }
        }
        let stranger = try Self.fetcher(trusting: .default)
        await #expect(throws: ServiceError.self) { try await stranger.fetch("https://localhost:\(port)/") }
        try await listener.close().get()
    }

    @Test("A machine without certificates of authorities says so, and fetches by http alone")
    func noAuthorities() async throws {
        let fetcher = try Self.fetcher(trusting: .file("/nowhere/certificates.pem"))
        let error = await #expect(throws: ServiceError.self) { try await fetcher.fetch("https://localhost:1/") }
        #expect(error?.message.contains("ca-certificates") == true)
        let plain = await #expect(throws: ServiceError.self) { try await fetcher.fetch("http://localhost:1/") }
        #expect(plain?.message.contains("could not be reached") == true)
    }
}
