import OllamaTestDouble
import Testing

@testable import SharedOllamaClient

@Suite("A caller that leaves an Ollama that is called directly")
struct DirectLeavingTests {
    private static let endless = GenerationProfile(tokenPace: .milliseconds(5), tokenCount: 100_000)

    @Test("by leaving the loop ends the work, and gives its place back")
    func leavesTheLoop() async throws {
        try await DirectStage.run({ $0.profile = Self.endless }, client: { $0.maximumConcurrentRequests = 1 }) {
            client,
            ollama,
            _ in
            for _ in 0..<3 {
                for try await event in client.chatStream(ChatRequest(model: "smollm2", "a")) where !event.text.isEmpty {
                    break
                }
            }
            try await ollama.waitUntil { $0.earlyCloses.count == 3 && $0.generationsOpen == 0 }
        }
    }

    @Test("by being cancelled ends the work, and is told so", arguments: [false, true])
    func cancelled(isStreamed: Bool) async throws {
        try await DirectStage.run({ $0.profile = Self.endless }) { client, ollama, _ in
            let request = ChatRequest(model: "smollm2", "a")
            let task = Task {
                _ = try await isStreamed ? client.last(client.chatStream(request)) : client.chat(request)
            }
            try await ollama.waitUntil { $0.generationsOpen == 1 && (!isStreamed || $0.tokensSent > 2) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await ollama.waitUntil { $0.earlyCloses.count == 1 && $0.generationsOpen == 0 }
        }
    }

    @Test("while it waits for its turn in the client asks nobody")
    func cancelledInLine() async throws {
        try await DirectStage.run({ $0.profile = Self.endless }, client: { $0.maximumConcurrentRequests = 1 }) {
            client,
            ollama,
            _ in
            let request = ChatRequest(model: "smollm2", "a")
            let first = Task { _ = try await client.chat(request) }
            try await ollama.waitUntil { $0.generationsOpen == 1 }
            let second = Task { _ = try await client.chat(request) }
            second.cancel()
            await #expect(throws: CancellationError.self) { try await second.value }
            first.cancel()
            await #expect(throws: CancellationError.self) { try await first.value }
            #expect(ollama.counts.requests("POST /api/chat") == 1)
        }
    }

    @Test("while it waits for its turn in the client is told when its deadline comes first")
    func deadlineInLine() async throws {
        try await DirectStage.run({ $0.profile = Self.endless }, client: { $0.maximumConcurrentRequests = 1 }) {
            client,
            ollama,
            _ in
            let request = ChatRequest(model: "smollm2", "a")
            let first = Task { _ = try await client.chat(request) }
            try await ollama.waitUntil { $0.generationsOpen == 1 }
            let error = await failure { _ = try await client.chat(request, .init(deadline: .milliseconds(50))) }
            #expect(error?.code == .deadlineExceeded && error?.requestID != nil, "\(error as Any)")
            first.cancel()
            await #expect(throws: CancellationError.self) { try await first.value }
            #expect(ollama.counts.requests("POST /api/chat") == 1)
            // The place that nobody wanted any more is there for others.
            ollama.setProfile(GenerationProfile(tokenCount: 3))
            _ = try await client.chat(request)
        }
    }

    @Test("that only reads slowly makes the engine wait, and nothing pile up")
    func slow() async throws {
        let profile = GenerationProfile(tokenCount: 200_000, bytesPerToken: 400)
        try await DirectStage.run({ $0.profile = profile }) { client, ollama, _ in
            var iterator = client.chatStream(ChatRequest(model: "smollm2", "a")).makeAsyncIterator()
            _ = try await iterator.next()
            // Until what is on its way, sockets and all, has been filled.
            var before = -1
            while ollama.counts.bytesSent != before {
                before = ollama.counts.bytesSent
                try await Task.sleep(for: .milliseconds(300))
            }
            #expect(ollama.counts.generationsOpen == 1 && before < 40_000_000, "\(before) of 80,000,000 bytes")
            _ = try await iterator.next()
        }
    }
}
