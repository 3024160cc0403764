import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Engines that talk nonsense", .light)
    struct Nonsense {
        private static let kinds: [Fault.Nonsense] = [
            .notJSON, .invalidUTF8, .truncatedJSON, .longLine(bytes: 200_000), .html,
        ]
        private static let settings = ["LIMITS_MAX_ENGINE_LINE_BYTES": "65536"]

        @Test("Nonsense in the place of an answer is 502", arguments: kinds, EngineFlavour.allCases)
        func first(kind: Fault.Nonsense, flavour: EngineFlavour) async throws {
            try await Stage.either(flavour, settings: Self.settings) { service, engine in
                engine.set(.nonsense(kind, afterTokens: 0))
                for stream in [true, false] {
                    let answer = try await service.client.post("/api/v1/chat", Stage.chat(stream: stream))
                    #expect(answer.status == 502 && answer.code == "engine_error", "\(answer)")
                }
                #expect(engine.inferenceRequests == 2)
                try await engine.waitUntil { $0.generationsOpen == 0 }
                engine.clearFaults()
                #expect(try await service.client.post("/api/v1/chat", Stage.chat()).status == 200)
            }
        }

        @Test("Nonsense in the middle of a stream ends it with an error frame", arguments: kinds)
        func later(kind: Fault.Nonsense) async throws {
            // HTML comes with a content type of its own, and so is there from the beginning.
            guard kind != .html else { return }
            try await Stage.ollama({ $0.profile = .init(tokenCount: 10) }, settings: Self.settings) { service, engine in
                engine.set(.nonsense(kind, afterTokens: 3))
                let answer = try await service.client.post("/api/v1/chat", Stage.chat(stream: true))
                #expect(answer.status == 200)
                EngineFailures.expectFailure(answer, tokens: 3)
                let whole = try await service.client.post("/api/v1/chat", Stage.chat())
                #expect(whole.status == 502 && whole.code == "engine_error", "\(whole)")
            }
        }

        @Test("Chunks that are longer or shorter than they say end in an error", arguments: [-3, 7, 100_000])
        func chunks(difference: Int) async throws {
            try await Stage.ollama({ $0.profile = .init(tokenCount: 10) }) { service, engine in
                engine.set(.misstateLength(by: difference))
                let answer = try await service.client.post("/api/v1/chat", Stage.chat(stream: true))
                if answer.status == 200 {
                    EngineFailures.expectFailure(answer, tokens: nil)
                } else {
                    #expect(answer.status == 502 && answer.code == "engine_error", "\(answer)")
                }
                let whole = try await service.client.post("/api/v1/chat", Stage.chat())
                #expect(whole.status == 502 && whole.code == "engine_error", "\(whole)")
                engine.clearFaults()
                #expect(try await service.client.post("/api/v1/chat", Stage.chat()).status == 200)
            }
        }

        @Test("A Content-Length that is not the true one ends in an error unless the answer is complete without it")
        func contentLength() async throws {
            let token = ScriptedEngine.token("a")
            func answer(_ body: String, length: Int) -> [ScriptedEngine.Step] {
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nContent-Length: \(length)\r\n\r\n"
                return [.send(head + body), .close]
            }
            let whole = token + ScriptedEngine.done
            let cases: [([ScriptedEngine.Step], Int)] = [
                (answer(whole, length: whole.utf8.count), 200),
                (answer(whole, length: whole.utf8.count + 10), 200),
                (answer(whole, length: whole.utf8.count - 10), 502),
                (answer(token, length: 5000), 502),
                (answer(token, length: token.utf8.count), 502),
                (answer("", length: 0), 502),
            ]
            try await ScriptedEngine.run(script: { cases[$0].0 }) { service, engine in
                for (index, entry) in cases.enumerated() {
                    let answer = try await service.client.post("/api/v1/chat", Stage.chat("m"))
                    #expect(answer.status == entry.1, "\(index): \(answer)")
                    if entry.1 == 502 { #expect(answer.code == "engine_error", "\(index): \(answer)") }
                }
                #expect(engine.state.value.seen.count == cases.count)
            }
        }

        @Test("What follows the last line does not follow the last frame", arguments: [true, false])
        func afterTheEnd(stream: Bool) async throws {
            let rests: [[ScriptedEngine.Step]] = [
                // Nothing at all: the connection just stays open.
                [],
                [.close],
                [.send(ScriptedEngine.chunk(ScriptedEngine.token("more"))), .send("0\r\n\r\n")],
                [.send(ScriptedEngine.chunk(ScriptedEngine.done)), .send("0\r\n\r\n")],
                [.send(ScriptedEngine.chunk("nonsense\n")), .send("0\r\n\r\n")],
                [.send(ScriptedEngine.chunk(#"{"error":"too late"}"# + "\n")), .send("0\r\n\r\n")],
                [.send("this is no chunk\r\n")],
            ]
            let begin = Array(ScriptedEngine.wholeStream.dropLast())
            try await ScriptedEngine.run(script: { begin + rests[$0] }) { service, engine in
                for (index, _) in rests.enumerated() {
                    let answer = try await service.client.post("/api/v1/chat", Stage.chat("m", stream: stream))
                    #expect(answer.status == 200 && answer.isComplete, "\(index): \(answer)")
                    if stream {
                        #expect(answer.frames.count == 3, "\(index): \(answer)")
                        #expect(answer.streamedText == "ab", "\(index)")
                        #expect(answer.frames.last?.isDone == true && answer.frames.last?.json["error"] == nil)
                    } else {
                        #expect(answer.json?["message"]?["content"] == "ab", "\(index): \(answer)")
                    }
                    let line = try await service.logLine(of: answer.header("X-Request-ID"))
                    #expect(line["ended"] == "completed" && line["completion_tokens"] == 2, "\(index): \(line)")
                }
                #expect(engine.state.value.seen.count == rests.count)
            }
        }
    }
}
