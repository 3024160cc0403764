import Application
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// The idle connections to one engine, by event loop, and the way to make new ones.
///
/// There is no bound on open connections here: the admission in front decides how many requests an engine gets.
final class EngineConnectionPool: Sendable {
    /// The timers that calls leave to each other.
    let timers = SpareDeadlineTimers()
    private let address: EngineAddress
    private let connectTimeout: TimeAmount
    private let tls: NIOSSLContext?
    private let idle = Mutex(PerEventLoop<IdleList<EngineConnection>>())

    /// `tls`: how to speak TLS, if the address asks for it.
    init(address: EngineAddress, connectTimeout: Duration, tls: NIOSSLContext?) {
        self.address = address
        self.connectTimeout = .nanoseconds(connectTimeout.nanoseconds)
        self.tls = tls
    }

    /// The idle connection of this event loop that was used last.
    func takeIdle(on eventLoop: any EventLoop) -> EngineConnection? {
        eventLoop.preconditionInEventLoop()
        let now = NIODeadline.now()
        while let idle = self.idle.withLock({ $0.change(eventLoop, IdleList()) { $0.takeLast(at: now) } }) {
            if idle.element.isUsable, !idle.isOld { return idle.element }
            idle.element.close()
        }
        return nil
    }

    /// Makes a connection on this event loop.
    func connect(on eventLoop: any EventLoop) -> EventLoopFuture<EngineConnection> {
        let (address, tls) = (self.address, self.tls)
        let connection = EngineConnection(eventLoop: eventLoop)
        return ClientBootstrap(group: eventLoop)
            .connectTimeout(self.connectTimeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let name = address.host.contains(":") ? nil : address.host
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: name?.isIPAddress == true ? nil : name)
                        )
                    }
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .connect(host: address.host, port: address.port)
            .map { _ in connection }
    }

    /// Closes all idle connections.
    func closeIdle() {
        let connections = self.idle.withLock { idle in
            defer { idle = PerEventLoop() }
            return idle.values.flatMap(\.elements)
        }
        for connection in connections { connection.eventLoop.execute { connection.close() } }
    }

    /// Takes a connection back after a complete answer.
    func giveBack(_ connection: EngineConnection) {
        let now = NIODeadline.now()
        let surplus = self.idle.withLock {
            $0.change(connection.eventLoop, IdleList()) { $0.keep(connection, at: now) }
        }
        surplus?.close()
    }
}

extension String {
    /// TLS has no server name for an IP address (RFC 6066, section 3).
    fileprivate var isIPAddress: Bool {
        self.contains(":") || self.allSatisfy { $0.isNumber || $0 == "." }
    }
}
