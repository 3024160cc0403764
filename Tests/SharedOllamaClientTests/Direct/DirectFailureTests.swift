import OllamaTestDouble
import Testing

@testable import SharedOllamaClient

@Suite("An Ollama that is called directly fails")
struct DirectFailureTests {
    private static let request = ChatRequest(model: "smollm2", "a")
    private static let busy = Fault.answer(
        status: 503,
        contentType: "application/json",
        body: #"{"error":"server busy, please try again.  maximum pending requests exceeded"}"#
    )

    /// What a stream told before its error.
    private static func read(_ stream: AnswerStream) async -> (events: [AnswerEvent], error: SharedOllamaError?) {
        var events: [AnswerEvent] = []
        let error = await failure {
            for try await event in stream { events.append(event) }
        }
        return (events, error)
    }

    @Test("with a code for a model that is not there", arguments: [false, true])
    func noModel(isStreamed: Bool) async throws {
        try await DirectStage.run { client, _, time in
            let request = ChatRequest(model: "nope", "a")
            let error = await failure {
                _ = try await isStreamed ? client.last(client.chatStream(request)) : client.chat(request)
            }
            #expect(error?.code == .modelNotFound && error?.status == 404)
            #expect(error?.message.contains("nope") == true && error?.requestID?.isEmpty == false)
            #expect(time.sleeps.isEmpty)
        }
    }

    @Test("when it is busy, and is asked again until it is not", arguments: [false, true])
    func busy(isStreamed: Bool) async throws {
        try await DirectStage.run { client, ollama, time in
            ollama.set(Self.busy, times: 2)
            _ = try await isStreamed ? client.last(client.chatStream(Self.request)) : client.chat(Self.request)
            #expect(time.sleeps == [.milliseconds(500), .seconds(1)])
            #expect(ollama.counts.requests("POST /api/chat") == 3)
            // It is one call, under one id.
            #expect(Set(ollama.requests.map { $0.header("X-Request-ID") }).count == 1)
        }
    }

    @Test("when it stays busy, with its last error after the last attempt")
    func staysBusy() async throws {
        try await DirectStage.run { client, ollama, time in
            ollama.set(Self.busy)
            let error = await failure { _ = try await client.chat(Self.request) }
            #expect(error?.code == .queueFull && error?.status == 503)
            #expect(ollama.counts.requests("POST /api/chat") == 4 && time.sleeps.count == 3)
        }
    }

    @Test("when nobody is there, at once, after the attempts that the policy allows")
    func unreachable() async throws {
        try await DirectStage.run { client, ollama, time in
            await ollama.stop()
            for isStreamed in [false, true] {
                let error = await failure {
                    _ = try await isStreamed ? client.last(client.chatStream(Self.request)) : client.chat(Self.request)
                }
                #expect(
                    error?.code == .unreachable && error?.status == nil && error?.requestID != nil,
                    "\(error as Any)"
                )
                #expect(error?.message.contains(ollama.url) == true)
            }
            #expect(time.sleeps.count == 6)
        }
    }

    @Test("in the middle of a stream by the death of its runner, with what came before told")
    func runnerDies() async throws {
        try await DirectStage.run { client, ollama, time in
            ollama.setProfile(.init(tokenCount: 50))
            ollama.set(.killRunner(afterTokens: 3), times: 1)
            let (events, error) = await Self.read(client.chatStream(Self.request, .init(requestID: "r-died")))
            #expect(error?.code == .engineError && error?.requestID == "r-died" && error?.status == nil)
            #expect(events.count == 3 && events.allSatisfy { !$0.text.isEmpty }, "\(events)")
            // It has begun: it is not tried again.
            #expect(ollama.counts.requests("POST /api/chat") == 1 && time.sleeps.isEmpty)
        }
    }

    @Test("in the middle of a stream by a connection that is cut", arguments: [0, 3])
    func cut(tokens: Int) async throws {
        try await DirectStage.run { client, ollama, time in
            ollama.setProfile(.init(tokenCount: 50))
            ollama.set(.cut(afterTokens: tokens), times: 1)
            let (events, error) = await Self.read(client.chatStream(Self.request, .init(requestID: "r-cut")))
            #expect(error?.code == .streamCut && error?.requestID == "r-cut", "\(error as Any)")
            #expect(events.count <= tokens && !events.haveEnd)
            #expect(ollama.counts.requests("POST /api/chat") == 1 && time.sleeps.isEmpty)
        }
    }

    @Test("with an answer whose connection is cut")
    func cutWhole() async throws {
        try await DirectStage.run { client, ollama, _ in
            ollama.set(.misstateLength(by: 20), times: 1)
            let error = await failure { _ = try await client.chat(Self.request) }
            #expect(error?.code == .connectionLost, "\(error as Any)")
        }
    }

    @Test(
        "with nonsense",
        arguments: [
            (.notJSON, .unreadableAnswer), (.invalidUTF8, .unreadableAnswer), (.truncatedJSON, .unreadableAnswer),
            (.html, .unreadableAnswer), (.longLine(bytes: 100_000), .answerTooLarge),
        ] as [(Fault.Nonsense, SharedOllamaError.Code)]
    )
    func nonsense(kind: Fault.Nonsense, code: SharedOllamaError.Code) async throws {
        try await DirectStage.run(client: { $0.maximumAnswerBytes = 50_000 }) { client, ollama, _ in
            ollama.setProfile(.init(tokenCount: 10))
            ollama.set(.nonsense(kind, afterTokens: 2), times: 2)
            let (events, streamed) = await Self.read(client.chatStream(Self.request))
            #expect(streamed?.code == code, "\(streamed as Any)")
            #expect(!events.haveEnd)
            let whole = await failure { _ = try await client.chat(Self.request) }
            #expect(whole?.code == code, "\(whole as Any)")
            // Nothing of it stays behind.
            let text = try await client.chat(Self.request).text
            #expect(!text.isEmpty)
        }
    }

    @Test(
        "with silence, before the answer and in the middle of it",
        arguments: [
            (.beforeHead, false), (.beforeHead, true), (.afterHead, true), (.midStream(afterTokens: 2), true),
        ] as [(Fault.Moment, Bool)]
    )
    func silence(moment: Fault.Moment, isStreamed: Bool) async throws {
        try await DirectStage.run(client: { $0.silenceTimeout = .milliseconds(300) }) { client, ollama, _ in
            ollama.setProfile(.init(tokenCount: 10))
            ollama.set(.hang(moment), times: 1)
            let error = await failure {
                _ = try await isStreamed ? client.last(client.chatStream(Self.request)) : client.chat(Self.request)
            }
            #expect(error?.code == .timedOut, "\(error as Any)")
            // The engine is left, so that it stops.
            try await ollama.waitUntil { $0.earlyCloses.count == 1 && $0.generationsOpen == 0 }
        }
    }

    @Test("to answer before the deadline")
    func deadline() async throws {
        try await DirectStage.run { client, ollama, time in
            ollama.set(.hang(.beforeHead), times: 1)
            let waiting = Task {
                await failure { _ = try await client.chat(Self.request, .init(deadline: .seconds(2))) }
            }
            try await ollama.waitUntil { $0.requestsTotal == 1 }
            time.advance(by: .seconds(3))
            let error = await waiting.value
            #expect(error?.code == .deadlineExceeded && error?.requestID != nil, "\(error as Any)")
            // In a stream the pieces are looked at.
            ollama.setProfile(.init(tokenPace: .milliseconds(5), tokenCount: 10_000))
            let late = await failure {
                for try await _ in client.chatStream(Self.request, .init(deadline: .seconds(60))) {
                    time.advance(by: .seconds(31))
                }
            }
            #expect(late?.code == .deadlineExceeded, "\(late as Any)")
            try await ollama.waitUntil { $0.generationsOpen == 0 }
        }
    }

    @Test("and its stream is not read on by whoever asks again")
    func afterTheError() async throws {
        try await DirectStage.run { client, ollama, _ in
            ollama.set(.cut(afterTokens: 1), times: 1)
            var iterator = client.chatStream(Self.request).makeAsyncIterator()
            let error = await failure { while try await iterator.next() != nil {} }
            #expect(error?.code == .streamCut)
            let next = try await iterator.next()
            #expect(next == nil)
        }
    }

    @Test("for addresses that are none, and after the client has been shut down")
    func noAddress() async throws {
        for address in ["", "localhost", "ftp://localhost", "http://", "http://a b"] {
            try await SharedOllamaClient.withClient(.direct(address)) { client in
                let error = await failure { _ = try await client.models() }
                #expect(error?.code == .invalidAddress, "\(address): \(error as Any)")
            }
        }
        let client = SharedOllamaClient(.direct())
        await client.shutdown()
        await client.shutdown()
        #expect(await failure { _ = try await client.models() }?.code == .shutDown)
    }

    @Test("with every field that it needs named, before anything is sent")
    func refused() async throws {
        try await DirectStage.run { client, ollama, _ in
            let whole = await failure { _ = try await client.chat(ChatRequest("a")) }
            let streamed = await failure { _ = try await client.last(client.chatStream(ChatRequest("a"))) }
            #expect(whole?.field == "model" && streamed?.field == "model" && streamed?.code == .invalidRequest)
            #expect(await failure { _ = try await client.queuePlace(of: "x") }?.code == .notSupported)
            #expect(ollama.counts.requestsTotal == 0)
        }
    }
}

extension [AnswerEvent] {
    fileprivate var haveEnd: Bool {
        self.contains { if case .done = $0 { true } else { false } }
    }
}
