import OllamaTestDouble
import SharedOllamaClient
import Testing

extension EndToEnd {
    @Suite("The Swift client when something fails", .light)
    struct SwiftClientFailures {
        private typealias Stage = SwiftClientStage
        private static let endless = GenerationProfile(tokenPace: .milliseconds(10), tokenCount: 100_000)
        private static let request = ChatRequest(model: "smollm2", "Hi")

        /// Occupies the only slot until its task is cancelled.
        private static func hold(
            _ client: SharedOllamaClient,
            _ ollama: OllamaTestDouble
        ) async throws -> Task<Void, Never> {
            ollama.setProfile(self.endless)
            let holder = Task { _ = try? await Stage.last(client.chatStream(self.request)) }
            try await ollama.waitUntil { $0.generationsOpen == 1 && $0.tokensSent > 0 }
            ollama.setProfile(GenerationProfile(tokenCount: 3))
            return holder
        }

        @Test("has the service's codes, the field and the id", arguments: [false, true])
        func codes(isStreamed: Bool) async throws {
            try await Stage.run { client, _, _, waits in
                let unknown = ChatRequest(model: "nope", "Hi")
                let wrong = ChatRequest(model: "smollm2", "Hi", options: .init { $0.temperature = 7 })
                let expected: [(ChatRequest, SharedOllamaError.Code, Int, String?)] = [
                    (unknown, .modelNotFound, 404, "/model"), (wrong, .invalidRequest, 422, "/temperature"),
                ]
                for (request, code, status, field) in expected {
                    let settings = CallSettings(requestID: "call-\(status)")
                    let error = await Stage.failure {
                        _ =
                            try await isStreamed
                            ? Stage.last(client.chatStream(request, settings)) : client.chat(request, settings)
                    }
                    #expect(error?.code == code && error?.status == status && error?.field == field, "\(error as Any)")
                    #expect(error?.requestID == "call-\(status)")
                }
                #expect(waits.slept.value.isEmpty)
            }
        }

        @Test("comes again after queue_full when Retry-After says, as often as its policy says")
        func queueFull() async throws {
            let settings = ["QUEUES_CHAT_MAX_QUEUE_SIZE": "1"]
            try await Stage.run({ $0.parallel = 1 }, settings: settings) { client, _, ollama, waits in
                let holder = try await Self.hold(client, ollama)
                let waiter = Task { try await client.chat(Self.request, .init(requestID: "waiter")) }
                try await eventually("a full line") { try await client.queuePlace(of: "waiter") != nil }
                for isStreamed in [false, true] {
                    waits.slept.change { $0 = [] }
                    let error = await Stage.failure {
                        _ =
                            try await isStreamed
                            ? Stage.last(client.chatStream(Self.request, .init(requestID: "again")))
                            : client.chat(Self.request, .init(requestID: "again"))
                    }
                    #expect(error?.code == .queueFull && error?.status == 503, "\(error as Any)")
                    let told = try #require(error?.retryAfter)
                    #expect(told > .zero)
                    // Three waits, each as long as it was told; or fewer, where it was told to come much later.
                    let (slept, longest) = (waits.slept.value, RetryPolicy().longestDelay)
                    #expect(slept.count == 3 || told > longest, "\(slept) \(told)")
                    let areRight = slept.allSatisfy { $0 > .zero && $0 <= longest }
                    #expect(areRight, "\(slept)")
                }
                holder.cancel()
                await holder.value
                #expect(try await !waiter.value.text.isEmpty)
            }
        }

        @Test("is told its place in line, and gets its answer when it is its turn")
        func queued() async throws {
            let settings = ["QUEUES_NOTICE_AFTER_MS": "100"]
            try await Stage.run({ $0.parallel = 1 }, settings: settings) { client, _, ollama, _ in
                let holder = try await Self.hold(client, ollama)
                let stream = client.chatStream(Self.request)
                #expect(try await client.queuePlace(of: stream.requestID) == nil)
                var (places, text): ([QueuePlace], String) = ([], "")
                for try await event in stream {
                    if case .queued(let place) = event {
                        places.append(place)
                        #expect(try await client.queuePlace(of: stream.requestID)?.position == 1)
                        holder.cancel()
                    }
                    text += event.text
                }
                #expect(places.first?.position == 1 && places.first?.estimatedWait != nil && !text.isEmpty)
            }
        }

        @Test("that leaves ends its request in the service and the engine", arguments: [false, true])
        func cancelled(isStreamed: Bool) async throws {
            try await Stage.run({ $0.profile = Self.endless }) { client, service, ollama, _ in
                let settings = CallSettings(requestID: "leaver")
                let task = Task {
                    _ =
                        try await isStreamed
                        ? Stage.last(client.chatStream(Self.request, settings)) : client.chat(Self.request, settings)
                }
                try await ollama.waitUntil { $0.generationsOpen == 1 && $0.tokensSent > 2 }
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                try await ollama.waitUntil { $0.earlyCloses.count == 1 && $0.generationsOpen == 0 }
                #expect(try await service.logLine(of: "leaver")["ended"] == "cancelled")
            }
        }

        @Test(
            "sees a stream whose engine dies end in an error, never as if it had succeeded",
            arguments: [true, false]
        )
        func engineDies(byItsRunner: Bool) async throws {
            try await Stage.run({ $0.profile = .init(tokenCount: 50) }) { client, _, ollama, waits in
                ollama.set(byItsRunner ? .killRunner(afterTokens: 3) : .cut(afterTokens: 3), times: 1)
                var events: [AnswerEvent] = []
                let error = await Stage.failure {
                    for try await event in client.chatStream(Self.request, .init(requestID: "dies")) {
                        events.append(event)
                    }
                }
                // The error frame can be lost with the connection that is cut behind it.
                #expect([.engineError, .streamCut].contains(error?.code), "\(error as Any)")
                #expect(error?.requestID == "dies" && error?.status == nil)
                #expect(events.map(\.text).joined().isEmpty == false)
                #expect(ollama.counts.requests("POST /api/chat") == 1 && waits.slept.value.isEmpty)
            }
        }

        @Test("sees a service that is killed in the middle of a stream as a stream that was cut")
        func serviceDies() async throws {
            try await Stage.run({ $0.profile = Self.endless }) { client, service, _, _ in
                var events = 0
                let error = await Stage.failure {
                    for try await _ in client.chatStream(Self.request) {
                        events += 1
                        if events == 3 { service.process.signal(9) }
                    }
                }
                #expect(error?.code == .streamCut && events >= 3, "\(error as Any)")
                _ = try await service.process.ended()
                let gone = await Stage.failure { _ = try await client.chat(Self.request) }
                #expect(gone?.code == .unreachable && gone?.requestID != nil, "\(gone as Any)")
            }
        }

        @Test("ends a request at its deadline with the service's own word")
        func deadline() async throws {
            try await Stage.run({ $0.profile = Self.endless }) { client, _, ollama, _ in
                for isStreamed in [false, true] {
                    let settings = CallSettings(deadline: .milliseconds(700))
                    let error = await Stage.failure {
                        _ =
                            try await isStreamed
                            ? Stage.last(client.chatStream(Self.request, settings))
                            : client.chat(Self.request, settings)
                    }
                    #expect(error?.code == .deadlineExceeded, "\(isStreamed) \(error as Any)")
                }
                try await ollama.waitUntil { $0.generationsOpen == 0 }
            }
        }

        @Test("with an idempotency key has a request done once")
        func idempotency() async throws {
            try await Stage.run { client, _, ollama, _ in
                let settings = CallSettings(idempotencyKey: "once")
                let first = try await client.chat(Self.request, settings)
                let second = try await client.chat(Self.request, settings)
                #expect(first.text == second.text && ollama.counts.requests("POST /api/chat") == 1)
                let stream = ChatRequest(model: "smollm2", "Stream")
                let told = try await Stage.last(client.chatStream(stream, .init(idempotencyKey: "stream")))
                let again = try await Stage.last(client.chatStream(stream, .init(idempotencyKey: "stream")))
                #expect(told.text == again.text && ollama.counts.requests("POST /api/chat") == 2)
            }
        }
    }
}
