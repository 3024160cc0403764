import NIOCore
import NIOPosix
import Synchronization

@testable import OllamaTestDouble

/// A client that sends and receives bytes as they are: it sees what an HTTP client would hide.
final class RawConnection: Sendable {
    private struct State {
        var received: [UInt8] = []
        var isClosed = false
        var waiters: [(condition: @Sendable ([UInt8], Bool) -> Bool, met: OneShot<Bool>)] = []
    }

    private final class Receiver: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        let owner: RawConnection

        init(_ owner: RawConnection) { self.owner = owner }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = Array(unwrapInboundIn(data).readableBytesView)
            owner.change { $0.received += bytes }
        }

        func channelInactive(context: ChannelHandlerContext) {
            owner.change { $0.isClosed = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }

    private let state = Mutex(State())
    private let channel = Mutex<(any Channel)?>(nil)

    static func open(port: Int) async throws -> RawConnection {
        let connection = RawConnection()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Receiver(connection))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .get()
        connection.channel.withLock { $0 = channel }
        return connection
    }

    /// Sends a request and returns what came until the connection was closed.
    static func exchange(port: Int, _ request: [UInt8]) async throws -> RawResponse {
        let connection = try await open(port: port)
        try await connection.send(request)
        try await connection.waitForClose()
        return RawResponse(connection.received)
    }

    var received: [UInt8] { state.withLock { $0.received } }

    var text: String { String(decoding: received, as: UTF8.self) }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    func send(_ bytes: [UInt8]) async throws {
        let channel = channel.withLock { $0 }
        try await channel?.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// Sends a `POST` with a JSON body on a connection that stays open.
    func post(_ path: String, _ body: String) async throws {
        try await send(Self.request(path, body, closes: false))
    }

    static func request(_ path: String, _ body: String, closes: Bool = true) -> [UInt8] {
        let close = closes ? "Connection: close\r\n" : ""
        let length = body.utf8.count
        return Array(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\n\(close)Content-Length: \(length)\r\n\r\n\(body)".utf8
        )
    }

    /// Stops or resumes taking bytes from the socket.
    func setReading(_ reads: Bool) async throws {
        let channel = channel.withLock { $0 }
        try await channel?.setOption(.autoRead, value: reads).get()
    }

    func close() async {
        let channel = channel.withLock { $0 }
        try? await channel?.close().get()
    }

    func waitForClose(timeout: Duration = .seconds(180)) async throws {
        try await wait(timeout: timeout) { _, isClosed in isClosed }
    }

    func wait(timeout: Duration = .seconds(180), forText text: String) async throws {
        try await wait(timeout: timeout) { bytes, _ in String(decoding: bytes, as: UTF8.self).contains(text) }
    }

    func wait(timeout: Duration, _ condition: @escaping @Sendable ([UInt8], Bool) -> Bool) async throws {
        let met = OneShot<Bool>()
        state.withLock { state in
            if condition(state.received, state.isClosed) {
                met.give(true)
            } else {
                state.waiters.append((condition, met))
            }
        }
        let timer = MultiThreadedEventLoopGroup.singleton.next()
            .scheduleTask(in: .nanoseconds(Int64(timeout.nanoseconds))) { _ = met.give(false) }
        defer { timer.cancel() }
        guard try await met.wait() else { throw TimedOut(received: text) }
    }

    struct TimedOut: Error {
        let received: String
    }

    private func change(_ change: (inout State) -> Void) {
        state.withLock { state in
            change(&state)
            state.waiters.removeAll { waiter in
                guard waiter.condition(state.received, state.isClosed) else { return false }
                waiter.met.give(true)
                return true
            }
        }
    }
}
