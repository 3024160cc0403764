import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// A client that sends what it is told byte by byte, stops reading, and leaves when it likes.
final class RawClient: Sendable {
    struct Received: Sendable, CustomStringConvertible {
        var bytes: [UInt8] = []
        var isClosed = false

        var text: String { String(decoding: self.bytes, as: UTF8.self) }
        var description: String { self.text + (self.isClosed ? "(closed)" : "") }

        var isChunked: Bool {
            String(decoding: self.bytes.prefix(2000), as: UTF8.self).lowercased().contains("transfer-encoding: chunked")
        }
    }

    private let channel: any Channel
    let received: Watched<Received>

    private init(channel: any Channel, received: Watched<Received>) {
        self.channel = channel
        self.received = received
    }

    /// Connects.
    ///
    /// - Parameters:
    ///   - receiveBuffer: how many bytes the kernel may hold that were not read; nil for its default.
    ///   - reads: whether to read from the beginning.
    static func open(port: Int, receiveBuffer: Int? = nil, reads: Bool = true) async throws -> RawClient {
        let received = Watched(Received())
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reads)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ByteCollector(received))
                }
            }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(receiveBuffer))
        }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        return RawClient(channel: channel, received: received)
    }

    /// Connects, sends and returns the first answer.
    static func exchange(port: Int, _ bytes: [UInt8], within limit: Duration = .seconds(180)) async throws -> Answer {
        let client = try await RawClient.open(port: port)
        // The service may refuse before it has read all.
        try? await client.send(bytes)
        defer { Task { await client.leave() } }
        return try await client.answer(within: limit)
    }

    func send(_ bytes: [UInt8]) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    func send(_ text: String) async throws {
        try await self.send(Array(text.utf8))
    }

    /// Sends without waiting until the kernel took it.
    func push(_ bytes: [UInt8]) {
        self.channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Waits for the answer of this number, counted from zero.
    func answer(_ index: Int = 0, within limit: Duration = .seconds(180)) async throws -> Answer {
        let end = try await self.received.wait(for: "answer \(index)", within: limit) { received in
            if received.isClosed { return true }
            // A stream is not taken apart again with every piece of it; it is the last thing to come.
            let mayBeComplete =
                index > 0 || !received.isChunked || received.bytes.suffix(5).elementsEqual("0\r\n\r\n".utf8)
            guard mayBeComplete else { return false }
            let answers = Answer.parse(received.bytes)
            return answers.indices.contains(index) && answers[index].isComplete
        }
        let answers = Answer.parse(end.bytes)
        var answer = answers.indices.contains(index) ? answers[index] : Answer()
        answer.isClosed = end.isClosed
        return answer
    }

    func closed(within limit: Duration = .seconds(180)) async throws -> Received {
        try await self.received.wait(for: "end of the connection", within: limit) { $0.isClosed }
    }

    func setReading(_ reads: Bool) async throws {
        try await self.channel.setOption(.autoRead, value: reads).get()
    }

    /// Ends the sending side only.
    func finishSending() async throws {
        try await self.channel.close(mode: .output).get()
    }

    /// Goes away.
    func leave() async {
        try? await self.channel.close().get()
    }

    /// Goes away with a reset, as a client does that crashed with unread bytes.
    func reset() async {
        let linger = linger(l_onoff: 1, l_linger: 0)
        try? await (self.channel as? any SocketOptionProvider)?.setSoLinger(linger).get()
        await self.leave()
    }

    /// The bytes of a request with a body.
    static func post(_ path: String, _ body: String, headers: String = "") -> [UInt8] {
        let head = "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n"
        return Array((head + body).utf8)
    }
}

private final class ByteCollector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let received: Watched<RawClient.Received>

    init(_ received: Watched<RawClient.Received>) {
        self.received = received
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = self.unwrapInboundIn(data)
        self.received.change { $0.bytes += bytes.readableBytesView }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { self.received.change { $0.isClosed = true } }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.received.change { $0.isClosed = true }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

extension Answer {
    /// Takes the answers in these bytes apart, without any HTTP library. Interim ones (1xx) are left out.
    static func parse(_ bytes: [UInt8]) -> [Answer] {
        var answers: [Answer] = []
        var rest = bytes[...]
        while let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) {
            let lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
            var answer = Answer()
            let words = lines.first?.split(separator: " ") ?? []
            answer.status = words.count > 1 ? Int(words[1]) ?? 0 : 0
            for line in lines.dropFirst() {
                guard let colon = line.firstIndex(of: ":") else { continue }
                let value = line[line.index(after: colon)...].drop { $0 == " " }
                answer.headers.add(name: String(line[..<colon]), value: String(value))
            }
            rest = rest[end.upperBound...]
            if (100..<200).contains(answer.status) { continue }
            rest = answer.takeBody(rest)
            answers.append(answer)
        }
        return answers
    }

    private mutating func takeBody(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard self.header("Transfer-Encoding") == "chunked" else {
            let length = self.header("Content-Length").flatMap { Int($0) } ?? 0
            self.body = Array(bytes.prefix(length))
            self.isComplete = self.body.count == length
            return bytes.dropFirst(length)
        }
        var rest = bytes
        while let line = rest.firstRange(of: [0x0D, 0x0A]) {
            let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16) ?? 0
            guard rest.distance(from: line.upperBound, to: rest.endIndex) >= size + 2 else { break }
            self.body += rest[line.upperBound...].prefix(size)
            rest = rest[line.upperBound...].dropFirst(size + 2)
            if size == 0 {
                self.isComplete = true
                break
            }
        }
        return rest
    }
}
