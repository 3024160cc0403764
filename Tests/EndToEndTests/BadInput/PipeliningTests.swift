import Foundation
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Requests that are sent before the answers to earlier ones", .light)
    struct Pipelining {
        private static func request(_ id: String, _ method: String, _ path: String, _ body: String = "") -> String {
            "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: \(id)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        }

        /// The ids of the answers so far, in their order.
        private static func ids(_ received: RawClient.Received) -> [String] {
            received.text.matches(of: #/(?i:x-request-id): ([\w-]+)\r\n/#).map { String($0.output.1) }
        }

        @Test("are answered one after the other, in their order, however many come at once")
        func order() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(2), tokenCount: 3) }) { service, _ in
                try await eventually("an engine") { try await service.client.get("/readyz").status == 200 }
                let client = try await RawClient.open(port: service.port)
                let chat = #"{"model":"smollm2","messages":[{"role":"user","content":"hi"}],"stream":STREAM}"#
                var text = ""
                for number in 0..<200 {
                    let id = "r-\(number)"
                    switch number % 4 {
                    case 0: text += Self.request(id, "GET", "/livez")
                    case 1:
                        text += Self.request(
                            id,
                            "POST",
                            "/api/chat",
                            chat.replacingOccurrences(of: "STREAM", with: "false")
                        )
                    case 2:
                        text += Self.request(
                            id,
                            "POST",
                            "/api/chat",
                            chat.replacingOccurrences(of: "STREAM", with: "true")
                        )
                    default: text += Self.request(id, "POST", "/api/chat", "{")
                    }
                }
                try await client.send(Array(text.utf8))
                let all = try await client.received.wait(for: "all answers") { Self.ids($0).count >= 200 }
                #expect(Self.ids(all) == (0..<200).map { "r-\($0)" })
                await client.leave()
            }
        }

        @Test("wait while one of them still comes, and a body in many pieces is whole")
        func pieces() async throws {
            try await Stage.ollama { service, engine in
                try await eventually("an engine") { try await service.client.get("/readyz").status == 200 }
                let client = try await RawClient.open(port: service.port)
                let words = String(repeating: "word ", count: 40_000)
                let chat = #"{"model":"smollm2","messages":[{"role":"user","content":"\#(words)"}],"stream":false}"#
                let bytes = Array(
                    (Self.request("long", "POST", "/api/chat", chat) + Self.request("next", "GET", "/livez")).utf8
                )
                for start in stride(from: 0, to: bytes.count, by: 7001) {
                    try await client.send(Array(bytes[start..<min(start + 7001, bytes.count)]))
                }
                let both = try await client.received.wait(for: "both answers") { Self.ids($0).count >= 2 }
                #expect(Self.ids(both) == ["long", "next"])
                #expect(engine.lastInference["messages"]?[0]?["content"]?.string == words)
                await client.leave()
            }
        }

        @Test("are answered before the caller is told that what came behind them is not HTTP")
        func garbage() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(20), tokenCount: 5) }) { service, _ in
                try await eventually("an engine") { try await service.client.get("/readyz").status == 200 }
                let client = try await RawClient.open(port: service.port)
                let chat = #"{"model":"smollm2","messages":[{"role":"user","content":"hi"}]}"#
                let requests = Self.request("stream", "POST", "/api/chat", chat) + Self.request("next", "GET", "/livez")
                try await client.send(Array((requests + "no HTTP\r\n\r\n").utf8))
                let all = try await client.closed()
                #expect(Self.ids(all) == ["stream", "next"])
                #expect(all.text.contains(#""done":true"#) && all.text.contains("\r\n0\r\n\r\nHTTP/1.1 200 OK"))
                let statuses = all.text.matches(of: #/HTTP/1\.1 (\d+)/#).map { String($0.output.1) }
                #expect(statuses == ["200", "200", "400"], "\(all.text)")
            }
        }

        @Test("do not put their 100 Continue into the answer before them")
        func expectation() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(20), tokenCount: 5) }) { service, _ in
                try await eventually("an engine") { try await service.client.get("/readyz").status == 200 }
                let client = try await RawClient.open(port: service.port)
                let chat = #"{"model":"smollm2","messages":[{"role":"user","content":"hi"}]}"#
                let expecting = Self.request("next", "POST", "/api/chat", chat)
                    .replacingOccurrences(of: "Host:", with: "Expect: 100-continue\r\nHost:")
                try await client.send(Array((Self.request("stream", "POST", "/api/chat", chat) + expecting).utf8))
                let both = try await client.received.wait(for: "both answers") {
                    $0.text.components(separatedBy: #""done":true"#).count == 3 && $0.text.hasSuffix("\r\n0\r\n\r\n")
                }
                #expect(Self.ids(both) == ["stream", "next"] && !both.text.contains("100 Continue"))
                await client.leave()
            }
        }

        @Test("are answered as far as they had come when their caller closes its side")
        func closed() async throws {
            try await Stage.ollama { service, _ in
                let client = try await RawClient.open(port: service.port)
                let text = (0..<20).map { Self.request("r-\($0)", "GET", "/livez") }.joined()
                try await client.send(Array((text + "GET /livez HTTP/1.1\r\nHo").utf8))
                try await client.finishSending()
                let all = try await client.closed()
                #expect(Self.ids(all).prefix(20) == ArraySlice((0..<20).map { "r-\($0)" }))
            }
        }
    }
}
