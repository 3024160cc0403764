import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Answers the requests of one engine.
protocol Engine: Sendable {
    func answer(_ exchange: Exchange) async throws
}

/// Another process listens on the address.
public struct AddressInUse: Error, Equatable {
    /// The host that was to be listened on.
    public let host: String
    /// The port that was to be listened on.
    public let port: Int
}

/// A listening socket on the loopback device: accepts, hands requests to the engine, applies faults, counts.
final class LoopbackServer: Sendable {
    private struct State {
        var listener: (any Channel)?
        var connections: [Int: Connection] = [:]
        var tasks: [Int: Task<Void, Never>] = [:]
        var isStopped = false
    }

    let ledger: Ledger
    let faults = FaultBoard()
    let eventLoop: any EventLoop
    private let engine: any Engine
    private let flavour: ServerFlavour
    private let state = Mutex(State())

    init(engine: any Engine, flavour: ServerFlavour, ledger: Ledger) {
        self.engine = engine
        self.flavour = flavour
        self.ledger = ledger
        eventLoop = MultiThreadedEventLoopGroup.singleton.next()
    }

    /// Binds and returns the port.
    func start(host: String, port: Int) async throws -> Int {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel) }
            }
        let listener: any Channel
        do {
            listener = try await bootstrap.bind(host: host, port: port).get()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw AddressInUse(host: host, port: port)
        }
        state.withLock { $0.listener = listener }
        return listener.localAddress?.port ?? port
    }

    /// Cuts all connections and waits until nothing of the server runs any more.
    func stop() async {
        let (listener, connections, tasks) = state.withLock { state in
            state.isStopped = true
            return (state.listener, Array(state.connections.values), Array(state.tasks.values))
        }
        try? await listener?.close().get()
        for connection in connections { await connection.cut() }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    /// Cuts all connections that are open now; new ones are accepted.
    func cutConnections() async {
        for connection in state.withLock({ Array($0.connections.values) }) { await connection.cut() }
    }

    private func accept(_ channel: any Channel) throws {
        let number = nextNumber()
        let connection = Connection(channel: channel, number: number, ledger: ledger)
        try channel.pipeline.syncOperations.addHandlers([
            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)),
            RequestCollector(connection: connection),
        ])
        // Not `channelInactive`: a connection that is refused never becomes active.
        channel.closeFuture.whenComplete { _ in
            connection.closed()
            self.forget(number)
        }
        if faults.refusesConnection() {
            channel.eventLoop.execute { channel.close(promise: nil) }
            return
        }
        state.withLock { state in
            guard !state.isStopped else { return channel.close(promise: nil) }
            state.connections[number] = connection
            state.tasks[number] = Task { await self.serve(connection) }
        }
    }

    private func nextNumber() -> Int {
        var number = 0
        ledger.change { counts in
            counts.connectionsAccepted += 1
            counts.connectionsOpen += 1
            number = counts.connectionsAccepted
        }
        return number
    }

    private func forget(_ number: Int) {
        let task = state.withLock { state in
            state.connections[number] = nil
            return state.tasks.removeValue(forKey: number)
        }
        task?.cancel()
    }

    private func serve(_ connection: Connection) async {
        var closesNow = false
        while let request = await connection.requests.next() {
            if closesNow { return await connection.cut() }
            // In this order: who has seen the request counted may leave, and is then counted as one who left early.
            connection.requestBegins(request.route)
            ledger.record(request)
            let plan = faults.plan(for: request)
            let exchange = Exchange(
                request: request,
                plan: plan,
                connection: connection,
                flavour: flavour,
                ledger: ledger
            )
            await respond(exchange)
            guard exchange.isFinished else { return await connection.close() }
            guard !exchange.closesConnection else { return await connection.cut() }
            closesNow = plan.closesOnNextRequest
        }
    }

    private func respond(_ exchange: Exchange) async {
        do {
            if let canned = exchange.plan.canned {
                let type = HeaderField("Content-Type", canned.contentType)
                try await exchange.send(canned.status, [type], body: Array(canned.body.utf8))
            } else {
                try await engine.answer(exchange)
            }
        } catch {
            // The client left, the double stops, or a fault ended the response: the connection is closed either way.
        }
    }
}
