import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Bad bodies", .light)
    struct BadBodies {
        @Test("JSON that is cut at any byte is 400 and says where it ends")
        func truncated() async throws {
            let whole =
                Array(
                    #"{"model":"smollm2","messages":[{"role":"user","content":"é\u00e9\n"}],"temperature":-0.5e-1,"#
                        .utf8
                ) + Array(#""stop":["a"],"logprobs":true,"seed":null,"stream":false}"#.utf8)
            try await Stage.ollama { service, engine in
                let connection = try await Connection.open(port: service.port)
                for end in whole.indices {
                    let answer = try await connection.send(.POST, "/api/v1/chat", body: Array(whole[..<end])).end()
                    #expect(answer.status == 400 && answer.code == "invalid_request", "\(end): \(answer)")
                    #expect(answer.detail.contains(end == 0 ? "empty" : "at byte"), "\(end): \(answer.detail)")
                    guard !answer.isClosed else { break }
                }
                await connection.close()
                #expect(engine.counts.requests("POST /api/chat") == 0)
                let good = try await service.client.call(.POST, "/api/v1/chat", body: whole)
                // Only the temperature is wrong with it.
                #expect(good.status == 422 && good.json?["errors"]?.elements.count == 1, "\(good)")
            }
        }

        /// A body that is JSON and wrong, and the place of its first fault.
        struct Wrong: Sendable {
            let path: String
            let body: String
            let pointer: String
            var words = ""
        }

        private static func chat(_ members: String) -> String {
            #"{"model":"smollm2","messages":[{"role":"user","content":"hi"}],\#(members)}"#
        }

        private static let wrongBodies: [Wrong] = {
            let generate = "/api/v1/generate"
            let chat = "/api/v1/chat"
            func option(_ name: String, _ value: String, _ words: String = "") -> Wrong {
                Wrong(path: chat, body: Self.chat("\"\(name)\":\(value)"), pointer: "/\(name)", words: words)
            }
            let message = #"{"model":"smollm2","messages":"#
            return [
                Wrong(path: generate, body: "{}", pointer: "/prompt", words: "missing"),
                Wrong(path: generate, body: #"{"prompt":null}"#, pointer: "/prompt", words: "missing"),
                Wrong(path: generate, body: #"{"prompt":5}"#, pointer: "/prompt", words: "a string is expected"),
                Wrong(path: generate, body: #"{"prompt":" \n\t"}"#, pointer: "/prompt", words: "blank"),
                Wrong(path: generate, body: #"{"prompt":"hi","system":[]}"#, pointer: "/system"),
                Wrong(path: generate, body: #"{"prompt":"hi","model":""}"#, pointer: "/model"),
                Wrong(path: generate, body: #"{"prompt":"hi","model":"a b"}"#, pointer: "/model"),
                Wrong(path: generate, body: #"{"prompt":"hi","model":"../../etc/passwd"}"#, pointer: "/model"),
                Wrong(path: generate, body: #"{"prompt":"hi","model":"a\u0000b"}"#, pointer: "/model"),
                Wrong(path: generate, body: #"{"prompt":"hi","model":"x:y:z"}"#, pointer: "/model"),
                Wrong(path: chat, body: "{}", pointer: "/messages", words: "missing"),
                Wrong(path: chat, body: #"{"messages":"hi"}"#, pointer: "/messages", words: "array"),
                Wrong(path: chat, body: message + "[]}", pointer: "/messages", words: "at least one"),
                Wrong(path: chat, body: message + "[null]}", pointer: "/messages/0"),
                Wrong(path: chat, body: message + "[{}]}", pointer: "/messages/0/role", words: "missing"),
                Wrong(
                    path: chat,
                    body: message + #"[{"role":"user"}]}"#,
                    pointer: "/messages/0/content",
                    words: "missing"
                ),
                Wrong(
                    path: chat,
                    body: message + #"[{"role":"boss","content":"x"}]}"#,
                    pointer: "/messages/0/role",
                    words: "'assistant'"
                ),
                Wrong(
                    path: chat,
                    body: message + #"[{"role":"user","content":["x"]}]}"#,
                    pointer: "/messages/0/content"
                ),
                Wrong(
                    path: chat,
                    body: message + #"[{"role":"user","contents":"x","content":"x"}]}"#,
                    pointer: "/messages/0/contents",
                    words: "Did you mean 'content'?"
                ),
                option("temperature", "2.1", "between 0 and 2"), option("temperature", #""hot""#, "number"),
                option("top_p", "-0.1"), option("top_k", "0", "at least 1"), option("top_k", "1.5"),
                option("min_p", "2"), option("max_tokens", "0"), option("max_tokens", "1e300"), option("seed", "0.5"),
                option("stop", #"[1]"#),
                option("stop", "[\(Array(repeating: "\"a\"", count: 17).joined(separator: ","))]", "16"),
                option("repeat_penalty", "3"), option("presence_penalty", "-2.5"), option("frequency_penalty", "9"),
                option("num_ctx", "0"), option("keep_alive", #""soon""#, "5m"), option("think", #""hard""#, "'low'"),
                option("format", #""yaml""#, "json"), option("response_format", #"{"type":"xml"}"#),
                option("logprobs", "1"), option("top_logprobs", "21"), option("stream", #""yes""#, "boolean"),
                option("truncate", "0"), option("tools", "{}"), option("tool_choice", #""maybe""#),
                Wrong(
                    path: chat,
                    body: Self.chat(#""tools":[{"type":"function"}]"#),
                    pointer: "/tools/0/function",
                    words: "missing"
                ),
                Wrong(
                    path: chat,
                    body: Self.chat(#""tools":[{"function":{"name":"a b"}}]"#),
                    pointer: "/tools/0/function/name"
                ),
                option("temprature", "0.5", "Did you mean 'temperature'?"), option("n", "2"), option("user", #""me""#),
            ]
        }()

        @Test("JSON that breaks the schema is 422 and names the field")
        func schema() async throws {
            try await Self.shared { service, _ in
                for wrong in Self.wrongBodies {
                    let answer = try await service.client.call(.POST, wrong.path, body: Array(wrong.body.utf8))
                    #expect(answer.status == 422, "\(wrong.body): \(answer)")
                    #expect(["invalid_request", "invalid_model", "invalid_prompt"].contains(answer.code))
                    let fault = answer.json?["errors"]?[0]
                    let pointer = fault?["pointer"]?.string ?? ""
                    #expect(pointer.hasPrefix(wrong.pointer), "\(wrong.body): \(answer)")
                    let detail = fault?["detail"]?.string ?? ""
                    let isNamed = wrong.words.isEmpty || detail.lowercased().contains(wrong.words.lowercased())
                    #expect(isNamed, "\(wrong.body): \(detail)")
                    #expect(answer.detail.contains(detail), "\(answer.detail)")
                }
            }
        }

        @Test("All faults of a body are told at once, up to a bound")
        func allFaults() async throws {
            try await Self.shared { service, _ in
                let body: JSON = ["prompt": 1, "temperature": 9, "top_p": "x", "whatever": true]
                let answer = try await service.client.post("/api/v1/generate", body)
                let pointers = Set(answer.json?["errors"]?.elements.compactMap { $0["pointer"]?.string } ?? [])
                #expect(pointers == ["/prompt", "/temperature", "/top_p", "/whatever"])

                var many: [String: JSON] = ["prompt": "hi"]
                for number in 0..<5000 { many["unknown_\(number)"] = 1 }
                let flooded = try await service.client.post("/api/v1/generate", .object(many))
                #expect(flooded.status == 422)
                #expect(flooded.json?["errors"]?.elements.count == 20)
                #expect(flooded.body.count < 10_000)
            }
        }

        @Test("A body that is JSON but no object, or no JSON, is 400 and says so")
        func notAnObject() async throws {
            try await Self.shared { service, _ in
                let bodies: [[UInt8]] = [
                    [], Array("[]".utf8), Array("null".utf8), Array("\"hi\"".utf8), Array("5".utf8),
                    Array("prompt=hi".utf8),
                    Array("{}{}".utf8), Array("{\"prompt\":\"hi\",}".utf8), Array("{'prompt':'hi'}".utf8),
                    [0xEF, 0xBB, 0xBF] + Array("{\"prompt\":\"hi\"}x".utf8), [0x00], [0xFF, 0xFE, 0x7B, 0x00],
                    Array("{\"prompt\":\"".utf8) + [0xC3, 0x28] + Array("\"}".utf8),
                    Array("{\"prompt\":\"".utf8) + [0xED, 0xA0, 0x80] + Array("\"}".utf8),
                    Array("{\"prompt\":\"a\nb\"}".utf8), Array("{\"prompt\":\"\\x\"}".utf8),
                    Array("{\"seed\":01}".utf8),
                    Array("{\"seed\":NaN}".utf8), Array("{\"seed\":Infinity}".utf8), Array("{\"prompt\":tru}".utf8),
                ]
                for body in bodies {
                    let answer = try await service.client.call(.POST, "/api/v1/generate", body: body)
                    #expect(answer.status == 400 && answer.code == "invalid_request", "\(body): \(answer)")
                    #expect(!answer.detail.isEmpty && answer.json != nil)
                }
            }
        }

        @Test("Deeply nested JSON is 400, whatever it is nested in", arguments: ["[", "{\"a\":"])
        func nested(opening: String) async throws {
            try await Self.shared { service, _ in
                let deep = String(repeating: opening, count: 100_000)
                let answer = try await service.client.call(.POST, "/api/v1/generate", body: Array(deep.utf8))
                #expect(answer.status == 400 && answer.code == "invalid_request", "\(answer)")
                let hidden = #"{"prompt":"hi","format":\#(deep)"#
                let second = try await service.client.call(.POST, "/api/v1/generate", body: Array(hidden.utf8))
                #expect(second.status == 400, "\(second)")
            }
        }

        @Test("A prompt of a million characters is taken, one more is invalid_prompt")
        func longPrompt() async throws {
            try await Stage.ollama { service, engine in
                // Two bytes each: characters are counted, not bytes.
                let longest = String(repeating: "é", count: 1_000_000)
                let fits = try await service.client.post(
                    "/api/v1/generate",
                    Stage.body("smollm2", stream: false, ["prompt": .string(longest), "truncate": true])
                )
                #expect(fits.status == 200, "\(fits)")
                let answer = try await service.client.post(
                    "/api/v1/generate",
                    Stage.body("smollm2", stream: false, ["prompt": .string(longest + "é")])
                )
                #expect(answer.status == 422 && answer.code == "invalid_prompt", "\(answer)")
                #expect(answer.detail.contains("1000001") && answer.detail.contains("1000000"))
                let half = String(repeating: "x", count: 500_001)
                let messages: JSON = [
                    ["role": "user", "content": .string(half)], ["role": "user", "content": .string(half)],
                ]
                let chat = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat("smollm2", stream: false, ["messages": messages])
                )
                #expect(chat.status == 422 && chat.code == "invalid_prompt", "\(chat)")
                #expect(engine.counts.requests("POST /api/chat") == 0)
            }
        }

        @Test("An unknown model is 404 and names the command that fetches it")
        func unknownModel() async throws {
            try await Self.shared { service, engine in
                let answer = try await service.client.post("/api/v1/chat", Stage.chat("nope:7b"))
                #expect(answer.status == 404 && answer.code == "model_not_found", "\(answer)")
                #expect(answer.detail.contains("ollama pull nope:7b"))
                #expect(answer.header("x-should-retry") == "false")
                #expect(engine.counts.requests("POST /api/chat") == 0)
            }
        }

        @Test("A bad X-Project-Name is 400; a good one is in the log")
        func projectNames() async throws {
            try await Self.shared { service, _ in
                for name in ["", " ", "a b", "a/b", String(repeating: "x", count: 65), "ü", "a,b"] {
                    let answer = try await service.client.post(
                        "/api/v1/chat",
                        Stage.chat(),
                        headers: HTTPHeaders([("X-Project-Name", name)])
                    )
                    #expect(answer.status == 400 && answer.code == "invalid_request", "'\(name)': \(answer)")
                    #expect(answer.detail.contains("X-Project-Name"))
                }
                let answer = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat(),
                    headers: HTTPHeaders([("X-Project-Name", "Team-1_a.b")])
                )
                #expect(answer.status == 200)
                #expect(try await service.logLine(of: answer.header("X-Request-ID"))["project"] == "Team-1_a.b")
            }
        }

        /// One service for a test that does not mind what came before.
        private static func shared(_ test: (ServiceUnderTest, OllamaTestDouble) async throws -> Void) async throws {
            try await Stage.ollama(test: test)
        }
    }
}

extension Stage {
    fileprivate static func ollama(test: (ServiceUnderTest, OllamaTestDouble) async throws -> Void) async throws {
        try await self.ollama({ _ in }, settings: [:], test)
    }
}
