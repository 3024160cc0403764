public import Application
public import Domain
public import NIOCore
import NIOPosix
import NIOSSL

/// Fetches images over HTTP/1.1 without letting a caller reach what only this machine can reach.
///
/// Every address of a host must be public before one of them is connected to, and the connection is made to that very
/// address: an answer of the name service that changes in between changes nothing. Redirects are followed one by one under
/// the same rules. Where it fails it fails closed, and no text tells more of a network than its caller could find out.
public struct HTTPImageFetcher: ImageFetcher {
    /// What may be fetched, and how long it may take.
    public struct Settings: Sendable {
        /// From where.
        public var policy: ImageURLPolicy
        /// The bytes of an image.
        public var maxBytes: Int
        /// How long an image may take in all, redirects and waiting for a place included.
        public var timeout: Duration
        /// How long making a connection may take.
        public var connectTimeout: Duration
        /// How many redirects are followed, from 0.
        public var redirects: Int
        /// How many images are fetched at once, from 1.
        public var atOnce: Int

        /// Creates settings.
        public init(
            policy: ImageURLPolicy,
            maxBytes: Int,
            timeout: Duration,
            connectTimeout: Duration,
            redirects: Int,
            atOnce: Int
        ) {
            self.policy = policy
            self.maxBytes = maxBytes
            self.timeout = timeout
            self.connectTimeout = connectTimeout
            self.redirects = redirects
            self.atOnce = atOnce
        }
    }

    private let settings: Settings
    private let eventLoops: any EventLoopGroup
    private let clock: any ServiceClock
    private let resolver: any HostResolver
    /// Nil on a machine without the certificates of authorities: nothing is fetched by https there.
    private let tls: NIOSSLContext?
    private let places: Places
    /// Where a connection to an address goes: there, but in tests, which have no public addresses.
    private let route: @Sendable (SocketAddress) -> SocketAddress

    /// Creates a fetcher; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - settings: what may be fetched.
    ///   - eventLoops: where connections run.
    ///   - clock: by which the time is measured.
    public init(_ settings: Settings, eventLoops: any EventLoopGroup, clock: any ServiceClock) {
        self.init(
            settings,
            eventLoops: eventLoops,
            clock: clock,
            resolver: SystemResolver(atOnce: settings.atOnce),
            route: { $0 }
        )
    }

    init(
        _ settings: Settings,
        eventLoops: any EventLoopGroup,
        clock: any ServiceClock,
        resolver: any HostResolver,
        trustRoots: NIOSSLTrustRoots = .default,
        route: @escaping @Sendable (SocketAddress) -> SocketAddress
    ) {
        self.settings = settings
        self.eventLoops = eventLoops
        self.clock = clock
        self.resolver = resolver
        self.route = route
        self.places = Places(settings.atOnce)
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = trustRoots
        // Nobody waits for the other side's farewell: the length of an answer is told by HTTP.
        tls.shutdownTimeout = .milliseconds(100)
        self.tls = try? NIOSSLContext(configuration: tls)
    }

    /// See ``ImageFetcher/fetch(_:)``.
    public func fetch(_ url: String) async throws -> [UInt8] {
        guard self.settings.policy != .off else {
            throw ServiceError(
                .invalidImage,
                "Images are not fetched from URLs here (images.urls); send the image itself as a data URL."
            )
        }
        let url = try ImageURL(url)
        return try await withThrowingTaskGroup(of: [UInt8].self) { group in
            defer { group.cancelAll() }
            group.addTask { try await self.fetchInTurn(url) }
            group.addTask {
                try await self.clock.sleep(for: self.settings.timeout)
                throw ServiceError(
                    .invalidImage,
                    "Fetching the image from its URL took longer than \(self.settings.timeout.inSeconds) s."
                )
            }
            guard let image = try await group.next() else { throw CancellationError() }
            return image
        }
    }

    private func fetchInTurn(_ url: ImageURL) async throws -> [UInt8] {
        try await self.places.take()
        defer { self.places.giveBack() }
        var url = url
        for _ in 0...self.settings.redirects {
            switch try await self.ask(url) {
            case .image(let image): return image
            case .elsewhere(let location): url = try url.following(location)
            }
        }
        throw ServiceError(
            .invalidImage,
            "The URL of the image redirects more than \(self.settings.redirects) times (images.url_redirects)."
        )
    }

    /// Asks the addresses of a host one after another, until one of them answers.
    private func ask(_ url: ImageURL) async throws -> ImageDownload.Reply {
        let download = ImageDownload(
            url: url,
            maxBytes: self.settings.maxBytes,
            connectTimeout: .nanoseconds(self.settings.connectTimeout.nanoseconds),
            tls: self.tls
        )
        for address in try await self.addresses(of: url) {
            do {
                return try await download.run(at: self.route(address), on: self.eventLoops)
            } catch let error as ServiceError {
                throw error
            } catch {
                try Task.checkCancellation()
            }
        }
        throw ServiceError(.invalidImage, "The server of the image's URL could not be reached, or broke off.")
    }

    private func addresses(of url: ImageURL) async throws -> [SocketAddress] {
        let addresses = try await self.resolver.addresses(of: url.host, port: url.port)
        let isAllowed = self.settings.policy == .any || self.areAllPublic(addresses)
        guard !addresses.isEmpty, isAllowed else {
            // One text for both: it must not tell which names a private network knows.
            throw ServiceError(
                .invalidImage,
                self.settings.policy == .any
                    ? "The host in the image's URL was not found."
                    : "The host in the image's URL was not found on the public internet."
            )
        }
        return addresses
    }

    /// Whether all of the addresses are public, and none is this machine's own: one that is not makes all of them suspect.
    private func areAllPublic(_ addresses: [SocketAddress]) -> Bool {
        let own = Set(((try? System.enumerateDevices()) ?? []).compactMap { $0.address?.network })
        return addresses.allSatisfy { address in
            guard let network = address.network else { return false }
            return network.isPublic && !own.contains(network)
        }
    }
}

extension SocketAddress {
    /// The address without its port; nil of a local socket.
    fileprivate var network: IPNetwork? { self.ipAddress.flatMap { IPNetwork($0) } }
}
