import Domain
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// One request for an image, to an address that has been checked.
struct ImageDownload: Sendable {
    /// What an answer says.
    enum Reply: Sendable {
        /// Here is the image.
        case image([UInt8])
        /// It is elsewhere.
        case elsewhere(String)
    }

    /// What is asked for.
    let url: ImageURL
    /// The bytes that an image may have.
    let maxBytes: Int
    /// How long making a connection may take.
    let connectTimeout: TimeAmount
    /// How to speak TLS.
    let tls: NIOSSLContext?

    /// Asks and reads the answer; the connection is closed at the end, and at once if the task is cancelled.
    ///
    /// - Parameters:
    ///   - address: where to connect to, whatever the host's name means by now.
    ///   - eventLoops: where to run.
    /// - Returns: the image, or where it is instead.
    /// - Throws: ``ServiceError`` `invalid_image` if the answer is no image; an error of NIO if there is none.
    func run(at address: SocketAddress, on eventLoops: any EventLoopGroup) async throws -> Reply {
        let open = OpenChannel()
        return try await withTaskCancellationHandler {
            let channel = try await self.connect(to: address, on: eventLoops, noting: open)
            return try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: self.url.request))
                return try await self.read(inbound)
            }
        } onCancel: {
            open.close()
        }
    }

    private func connect(
        to address: SocketAddress,
        on eventLoops: any EventLoopGroup,
        noting open: OpenChannel
    ) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: eventLoops).connectTimeout(self.connectTimeout)
            .connect(to: address) { channel in
                open.set(channel)
                return channel.eventLoop.makeCompletedFuture {
                    if self.url.isSecure {
                        guard let tls = self.tls else { throw ServiceError.noAuthorities }
                        // TLS has no server name for an IP address (RFC 6066, section 3).
                        let isAddress = IPNetwork(self.url.host) != nil
                        let handler = try NIOSSLClientHandler(
                            context: tls,
                            serverHostname: isAddress ? nil : self.url.host
                        )
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                }
            }
    }

    private func read(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async throws -> Reply {
        var decoder = ResponseDecoder()
        var image: [UInt8] = []
        for try await var bytes in inbound {
            decoder.append(&bytes)
            while let part = try decoder.next() {
                switch part {
                case .head(let head):
                    if let location = try self.check(head) { return .elsewhere(location) }
                    image.reserveCapacity(head.contentLength ?? 0)
                case .body(let piece): try self.add(piece, to: &image)
                case .end: return .image(try self.checked(image))
                }
            }
        }
        // The other side has closed: that is the end of an answer without a length.
        guard try decoder.close() == .end else { throw ChannelError.eof }
        return .image(try self.checked(image))
    }

    /// Checks a head; returns where the image is if it is not here.
    private func check(_ head: ResponseHead) throws -> String? {
        switch head.status {
        case 200:
            guard head.contentLength ?? 0 <= self.maxBytes else { throw self.tooLarge }
            return nil
        case 301, 302, 303, 307, 308:
            if let location = head.location { return location }
        default: break
        }
        throw ServiceError(.invalidImage, "The server of the image's URL answered with status \(head.status).")
    }

    private func add(_ piece: ByteBuffer, to image: inout [UInt8]) throws {
        guard image.count + piece.readableBytes <= self.maxBytes else { throw self.tooLarge }
        let hadMagic = image.count >= ImageDownload.magicLength
        image.append(contentsOf: piece.readableBytesView)
        // What is no image is not read to its end.
        if !hadMagic, image.count >= ImageDownload.magicLength { _ = try self.checked(image) }
    }

    private func checked(_ image: [UInt8]) throws -> [UInt8] {
        guard ImageFormat(magic: image) != nil else {
            throw ServiceError(.invalidImage, "What the URL of the image leads to is not a JPEG, PNG or WebP image.")
        }
        return image
    }

    private var tooLarge: ServiceError {
        ServiceError(.invalidImage, "The image behind its URL has more than \(self.maxBytes) bytes (images.max_bytes).")
    }

    /// How many bytes tell what an image is.
    private static let magicLength = 12

    /// The connection, from the moment at which it is being made.
    private final class OpenChannel: Sendable {
        private enum State {
            case none
            case open(any Channel)
            case closed
        }

        private let state = Mutex(State.none)

        func set(_ channel: any Channel) {
            let isClosed = self.state.withLock { state in
                if case .closed = state { return true }
                state = .open(channel)
                return false
            }
            if isClosed { channel.close(promise: nil) }
        }

        func close() {
            let channel: (any Channel)? = self.state.withLock { state in
                defer { state = .closed }
                if case .open(let channel) = state { return channel }
                return nil
            }
            channel?.close(promise: nil)
        }
    }
}

extension ServiceError {
    /// Nobody's certificate can be believed here.
    fileprivate static let noAuthorities = ServiceError(
        .invalidImage,
        "The image cannot be fetched by https: the service's machine has no certificates of authorities (package "
            + "ca-certificates). Send the image itself as a data URL."
    )
}
