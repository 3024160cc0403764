import Application
import Domain
import NIOCore
import NIOPosix
import OllamaTestDouble
import Testing

@testable import Infrastructure

@Suite("The client of engines on real sockets")
struct EngineTransportTests {
    private static func transport(
        _ url: String,
        _ change: (inout EngineTransport.Configuration) -> Void = { _ in }
    ) throws -> EngineTransport {
        var configuration = EngineTransport.Configuration(
            address: try EngineAddress(url: url),
            // So long that they pass on no machine, however busy it is; what tests them sets its own.
            deadlines: EngineDeadlines(
                connect: .seconds(50),
                load: .seconds(200),
                firstToken: .seconds(200),
                idle: .seconds(200),
                total: .seconds(600),
                probe: .seconds(600)
            )
        )
        change(&configuration)
        return try EngineTransport(configuration, eventLoops: MultiThreadedEventLoopGroup.singleton)
    }

    private static func client(_ transport: EngineTransport) -> OllamaEngineClient {
        OllamaEngineClient(identity: EngineIdentity(name: EngineName("local"), kind: .ollama), transport: transport)
    }

    /// Pulls a whole answer.
    private static func pull(_ stream: any EngineStream<GenerationEvent>) async throws -> (text: String, ends: Int) {
        var text = ""
        var ends = 0
        while let event = try await stream.next() {
            if case .text(let piece) = event { text += piece.decoded }
            if case .finished = event { ends += 1 }
        }
        return (text, ends)
    }

    private static func run(
        _ configure: (inout OllamaTestDouble.Configuration) -> Void = { _ in },
        _ test: (OllamaTestDouble) async throws -> Void
    ) async throws {
        var configuration = OllamaTestDouble.Configuration()
        configure(&configuration)
        let double = try await OllamaTestDouble.start(configuration: configuration)
        do {
            try await test(double)
        } catch {
            await double.stop()
            throw error
        }
        await double.stop()
    }

    @Test("An answer is pulled to its end, also by a task that is on no event loop, and the connection is used again")
    func pulls() async throws {
        try await Self.run({ $0.profile = .init(text: "one two three") }) { double in
            let transport = try Self.transport(double.url)
            for _ in 0..<5 {
                let stream = try Self.client(transport).stream(try EncodedRequest.chat())
                let (text, ends) = try await Self.pull(stream)
                #expect(text == "one two three" && ends == 1)
                #expect(stream.progress.pieces == 3 && stream.progress.summary != nil)
                #expect(try await stream.next() == nil)
            }
            // One connection for each event loop at most.
            #expect(double.counts.connectionsAccepted <= System.coreCount)
            transport.close()
            try await double.waitUntil { $0.connectionsOpen == 0 }
        }
    }

    @Test("A request carries our headers, the key, the id and the base path")
    func headers() async throws {
        try await Self.run { double in
            let transport = try Self.transport(double.url + "/base") { $0.apiKey = "so-secret" }
            let stream = try Self.client(transport).stream(try EncodedRequest.chat())
            // There is no such route there.
            await #expect(throws: ServiceError.self) { _ = try await stream.next() }
            let request = try #require(double.requests.last)
            #expect(request.path == "/base/api/chat")
            #expect(request.header("Authorization") == "Bearer so-secret")
            #expect(request.header("X-Request-ID") == "id")
            #expect(request.header("Host") == "127.0.0.1:\(double.port)")
        }
    }

    @Test("Nothing is sent before the first pull")
    func lazy() async throws {
        try await Self.run { double in
            let stream = try Self.client(try Self.transport(double.url)).stream(try EncodedRequest.chat())
            stream.cancel(.callerLeft)
            await #expect(throws: ServiceError.callerLeft) { _ = try await stream.next() }
            #expect(double.counts.requestsTotal == 0)
        }
    }

    @Test("Cancelling from anywhere, at any moment, ends the call with that error and closes the connection")
    func cancels() async throws {
        try await Self.run({
            $0.profile = .init(tokenPace: .milliseconds(5), tokenCount: 100_000)
            $0.parallel = 20
        }) { double in
            let transport = try Self.transport(double.url)
            let error = ServiceError(.shuttingDown, "enough")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        let stream = try Self.client(transport).stream(try EncodedRequest.chat())
                        let puller = Task { try await Self.pull(stream) }
                        if number % 2 == 0 { try await double.waitUntil { $0.tokensSent > number * 2 } }
                        stream.cancel(error)
                        stream.cancel(.callerLeft)
                        await #expect(throws: error) { _ = try await puller.value }
                    }
                }
                try await group.waitForAll()
            }
            try await double.waitUntil { $0.generationsOpen == 0 && $0.connectionsOpen == 0 }
        }
    }

    @Test("An engine is not read while nobody pulls, and is read to the end afterwards")
    func backPressure() async throws {
        try await Self.run({ $0.profile = .init(tokenCount: 4000, bytesPerToken: 4096) }) { double in
            let transport = try Self.transport(double.url)
            let stream = try Self.client(transport).stream(try EncodedRequest.chat())
            #expect(try await stream.next() != nil)
            var sent = -1
            while sent != double.counts.tokensSent {
                sent = double.counts.tokensSent
                try await Task.sleep(for: .milliseconds(200))
            }
            #expect(sent < 4000 && double.counts.generationsOpen == 1)
            let (text, ends) = try await Self.pull(stream)
            #expect(ends == 1 && stream.progress.pieces == 4000)
            #expect(text.utf8.count == 3999 * 4096)
        }
    }

    @Test("Tokens that arrive together with the failure behind them are handed out first")
    func tokensBeforeFailure() async throws {
        let answer =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "29\r\n{\"message\":{\"content\":\"a\"},\"done\":false}\n\r\nthis is no chunk\r\n"
        let peer = try await HandWrittenPeer.start { _ in [answer] }
        let stream = try Self.client(try Self.transport(peer.url)).stream(try EncodedRequest.chat())
        let event = try await stream.next()
        guard case .text(let text)? = event else { return #expect(Bool(false), "\(String(describing: event))") }
        #expect(text.decoded == "a")
        let error = await #expect(throws: ServiceError.self) { _ = try await stream.next() }
        #expect(error?.code == .engineError)
        await peer.stop()
    }

    @Test("A probe tells version, models, what is loaded, and fails with a code")
    func probes() async throws {
        try await Self.run { double in
            let client = Self.client(try Self.transport(double.url))
            let before = try await client.probe()
            #expect(before.version == "0.32.15" && before.loaded.isEmpty && before.slots == nil)
            #expect(before.models.count == ModelDescription.presets.count)
            _ = try await Self.pull(try client.stream(try EncodedRequest.chat()))
            let after = try await client.probe()
            #expect(after.loaded.map(\.name.canonical) == ["smollm2:latest"])
            #expect(after.loaded.first?.context == 4096)
            for fault in [
                Fault.nonsense(.html, afterTokens: 0), .answer(status: 500, contentType: "text/plain", body: "x"),
            ] {
                double.set(fault, times: 1, on: .path("/api/tags"))
                let error = await #expect(throws: ServiceError.self) { _ = try await client.probe() }
                #expect(error?.code == .engineError)
            }
        }
        let gone = Self.client(try Self.transport("http://127.0.0.1:9"))
        let error = await #expect(throws: ServiceError.self) { _ = try await gone.probe() }
        #expect(error?.code == .engineUnavailable)
    }

    @Test("A server without an alias is asked by the path that it calls its model, and shown by a name")
    func llamaNames() async throws {
        let double = try await LlamaServerDouble.start()
        let client = OpenAIEngineClient(
            identity: EngineIdentity(name: EngineName("llama"), kind: .openAI),
            transport: try Self.transport(double.url)
        )
        let report = try await client.probe()
        #expect(report.models.map(\.name.spelling) == ["SmolLM2-135M-Instruct.Q4_1"])
        #expect(report.models.map(\.engineName) == ["/models/SmolLM2-135M-Instruct.Q4_1.gguf"])
        #expect(report.slots == 2 && report.loaded.first?.context == 2048)
        await double.stop()
    }

    #if os(Linux)
    // Elsewhere a full backlog refuses at once.
    @Test("An engine that does not accept connections cannot be reached, and that is known after connect_seconds")
    func connectTimeout() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 0)
            .serverChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = listener.localAddress?.port ?? 0
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(.seconds(10))
        // The kernel accepts one by itself; those behind it wait for ever.
        let accepted = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        let waiting = (0..<4).map { _ in bootstrap.connect(host: "127.0.0.1", port: port) }
        let transport = try Self.transport("http://127.0.0.1:\(port)") {
            $0.deadlines.connect = .milliseconds(200)
        }
        let start = ContinuousClock.now
        let error = await #expect(throws: ServiceError.self) { _ = try await Self.client(transport).probe() }
        #expect(error?.code == .engineUnavailable)
        // Tried twice.
        let duration = ContinuousClock.now - start
        #expect(duration >= .milliseconds(390) && duration < .seconds(20), "\(duration)")
        try await listener.close().get()
        try? await accepted.close().get()
        for caller in waiting { try? await caller.get().close().get() }
    }
    #endif

    @Test("An engine behind https without certificates to believe it by is told by its host and its file")
    func noCertificates() {
        let error = #expect(throws: UnreadableCertificates.self) {
            try Self.transport("https://gpu.example") { $0.caFile = "/nowhere/ca.pem" }
        }
        #expect(error?.description.contains("gpu.example") == true)
        #expect(error?.description.contains("/nowhere/ca.pem") == true)
    }

    @Test("A name that cannot be resolved is an engine that cannot be reached")
    func unknownHost() async throws {
        let client = Self.client(try Self.transport("http://no-such-host.invalid:1"))
        let error = await #expect(throws: ServiceError.self) { _ = try await client.probe() }
        #expect(error?.code == .engineUnavailable)
        #expect(error?.message.contains("invalid") == false)
    }
}
