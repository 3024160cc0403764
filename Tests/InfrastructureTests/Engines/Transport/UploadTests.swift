import Application
import Domain
import NIOPosix
import OllamaTestDouble
import Testing

@testable import Infrastructure

@Suite("Uploads to engines")
struct UploadTests {
    private static let hello = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

    private static func models(_ url: String, idle: Duration = .seconds(20)) throws -> OllamaModels {
        let configuration = EngineTransport.Configuration(
            address: try EngineAddress(url: url),
            deadlines: EngineDeadlines(
                connect: .seconds(5),
                load: .seconds(20),
                firstToken: .seconds(20),
                idle: .seconds(20),
                total: .seconds(1),
                probe: .seconds(60),
                modelIdle: idle
            )
        )
        let transport = try EngineTransport(configuration, eventLoops: MultiThreadedEventLoopGroup.singleton)
        return OllamaModels(transport: transport)
    }

    private static func order(
        _ pieces: AsyncThrowingStream<[UInt8], any Error>,
        length: Int?
    ) throws -> ModelOrder {
        ModelOrder(
            .putBlob(try BlobDigest(Self.hello)),
            body: .pieces(pieces, length: length),
            requestID: RequestID(generated: "upload")
        )
    }

    /// Pieces of a body; without an end the body hangs behind them.
    private static func pieces(_ texts: [String], ends: Bool = true) -> AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { continuation in
            for text in texts { continuation.yield(Array(text.utf8)) }
            if ends { continuation.finish() }
        }
    }

    @Test("A body arrives whole, of a known length or in chunks", arguments: [5, nil] as [Int?])
    func whole(length: Int?) async throws {
        let double = try await OllamaTestDouble.start()
        let models = try Self.models(double.url)
        for _ in 0..<2 {
            let answer = try await models.open(try Self.order(Self.pieces(["he", "", "llo"]), length: length))
            #expect(answer.status == 201)
            #expect(try await answer.next() == nil)
        }
        let received = double.requests.filter { $0.method == "POST" }
        #expect(received.count == 2 && received.allSatisfy { $0.bodyText == "hello" })
        #expect(received.first?.header("Content-Length") == length.map { String($0) })
        #expect(received.first?.header("X-Request-ID") == "upload")
        await double.stop()
    }

    @Test("An engine that answers before it has all gets nothing more, and its connection is not used again")
    func early() async throws {
        let peer = try await HandWrittenPeer.start { _ in ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"] }
        let models = try Self.models(peer.url)
        for _ in 0..<2 {
            // The rest of the body never comes: it is not waited for.
            let order = try Self.order(Self.pieces(["he"], ends: false), length: 5)
            let answer = try await models.open(order)
            #expect(answer.status == 200 && answer.length == 2)
            #expect(try await answer.next() == Array("ok".utf8))
            #expect(try await answer.next() == nil)
        }
        await peer.stop()
    }

    @Test("A body that breaks off is no body: the engine's connection is closed")
    func brokenOff() async throws {
        let double = try await OllamaTestDouble.start()
        let models = try Self.models(double.url)
        let gone = ServiceError(.requestTimeout, "gone")
        let pieces = AsyncThrowingStream<[UInt8], any Error> { continuation in
            continuation.yield(Array("he".utf8))
            continuation.finish(throwing: gone)
        }
        await #expect(throws: gone) { _ = try await models.open(try Self.order(pieces, length: 5)) }
        try await double.waitUntil { $0.connectionsOpen == 0 }
        #expect(double.requests.isEmpty)
        await double.stop()
    }

    @Test("A slow caller is not the engine's fault; an engine that has all and says nothing is given up")
    func deadlines() async throws {
        let double = try await OllamaTestDouble.start()
        let models = try Self.models(double.url, idle: .milliseconds(300))
        let slow = AsyncThrowingStream<[UInt8], any Error> { continuation in
            Task {
                // Twice the idle deadline; longer than the total one of other requests.
                for text in ["he", "llo"] {
                    try await Task.sleep(for: .milliseconds(600))
                    continuation.yield(Array(text.utf8))
                }
                continuation.finish()
            }
        }
        #expect(try await models.open(try Self.order(slow, length: 5)).status == 201)
        double.set(.hang(.beforeHead), on: .everything)
        do {
            _ = try await models.open(try Self.order(Self.pieces(["hello"]), length: 5))
            Issue.record("there was an answer")
        } catch let error as ServiceError {
            #expect(error.code == .engineTimeout && error.message.contains("idle"))
        }
        await double.stop()
    }

    @Test("A caller that leaves in the middle ends the engine's request")
    func leaves() async throws {
        let double = try await OllamaTestDouble.start()
        let models = try Self.models(double.url)
        let task = Task {
            try await models.open(try Self.order(Self.pieces(["he"], ends: false), length: 5))
        }
        try await double.waitUntil { $0.connectionsOpen == 1 }
        task.cancel()
        await #expect(throws: ServiceError.callerLeft) { _ = try await task.value }
        try await double.waitUntil { $0.connectionsOpen == 0 }
        await double.stop()
    }
}
