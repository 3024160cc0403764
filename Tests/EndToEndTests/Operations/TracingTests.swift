import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Tracing", .light)
    struct Tracing {
        private static let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
        private static let callerSpan = "00f067aa0ba902b7"

        /// The headers of a request that is part of a trace.
        private static func headers(_ id: String, _ flags: String = "01", _ more: [String: String] = [:]) -> HTTPHeaders
        {
            var headers: HTTPHeaders = [
                "X-Request-ID": id, "traceparent": "00-\(self.traceID)-\(self.callerSpan)-\(flags)",
                "tracestate": "rojo=1,congo=t61rcWkgMzE",
            ]
            for (name, value) in more { headers.replaceOrAdd(name: name, value: value) }
            return headers
        }

        /// Runs a test with an Ollama behind the service and a collector beside it.
        private static func run(
            _ configure: (inout OllamaTestDouble.Configuration) -> Void = { $0.profile = .init(tokenCount: 3) },
            settings: [String: String] = [:],
            _ test: (ServiceUnderTest, OllamaTestDouble, TraceCollector) async throws -> Void
        ) async throws {
            try await TraceCollector.run { collector in
                let tracing = ["TRACING_ENDPOINT": collector.url, "TRACING_INTERVAL_SECONDS": "0.1"]
                try await Stage.ollama(configure, settings: tracing.merging(settings) { $1 }) { service, double in
                    try await untilReady(service)
                    try await test(service, double, collector)
                }
            }
        }

        /// What the engine was told of the trace with the last request for a model.
        private static func told(_ requests: [RecordedRequest]) throws -> (parent: String?, state: String?) {
            let request = try #require(requests.last { $0.method == "POST" && $0.path != "/api/show" && !$0.isLoad })
            func header(_ name: String) -> String? { request.headers.first { $0.name.lowercased() == name }?.value }
            return (header("traceparent"), header("tracestate"))
        }

        @Test(
            "A caller's trace goes through the service: its request, its line, its call of the engine with prefill and decode",
            arguments: ["/api/v1/chat", "/v1/chat/completions", "/api/chat", "/v1/messages"],
            [true, false]
        )
        func chat(path: String, stream: Bool) async throws {
            try await Self.run { service, engine, collector in
                // Beforehand, so that the model is there.
                _ = try await service.client.post("/api/v1/chat", Stage.chat())
                var body = Stage.chat(stream: stream, ["max_tokens": 50, "temperature": 0.5])
                if path == "/api/chat" {
                    body = Stage.chat(stream: stream, ["options": ["num_predict": 50, "temperature": 0.5]])
                }
                let answer = try await service.client.post(path, body, headers: Self.headers("one"))
                #expect(answer.status == 200, "\(answer)")
                let trace = try await collector.trace(ofRequest: "one")
                let model = "smollm2:latest"
                let call = try trace.one("chat \(model)")
                let root = trace.root
                #expect(root.name == "POST \(path)" && root.kind == TraceSpan.server)
                #expect(root.traceID == Self.traceID && root.parentID == Self.callerSpan && root.isParentRemote)
                #expect(trace.spans.allSatisfy { $0.state == "rojo=1,congo=t61rcWkgMzE" && $0.flags & 0xFF == 1 })
                #expect(root["http.response.status_code"] == 200 && root["http.route"] == .string(path))
                #expect(root["url.scheme"] == "http" && root["shared_ollama.ended"] == "completed")
                #expect(call.kind == TraceSpan.client && !call.isFailed)
                let expected: [String: JSON] = [
                    "gen_ai.operation.name": "chat", "gen_ai.provider.name": "ollama", "gen_ai.request.max_tokens": 50,
                    "gen_ai.request.model": .string(model),
                    "gen_ai.response.finish_reasons": ["stop"], "gen_ai.usage.output_tokens": 3,
                    "server.address": "127.0.0.1",
                ]
                // Of a request that passes through as it came, the service knows only what concerns others.
                let isKnown = path != "/api/chat"
                #expect(call["gen_ai.request.temperature"] == (isKnown ? 0.5 : nil))
                for (key, value) in expected { #expect(call[key] == value, "\(key) in \(call)") }
                #expect(call["server.port"]?.int == Int(engine.url.split(separator: ":").last ?? ""))
                #expect(trace.names == [call.name, root.name, "decode", "prefill", "queue"].sorted(), "\(trace.names)")
                // The engine's parent is the call, and not the caller.
                let told = try Self.told(engine.requests)
                #expect(told.parent == "00-\(Self.traceID)-\(call.spanID)-01")
                #expect(told.state == "rojo=1,congo=t61rcWkgMzE")
                #expect(try await service.logLine(of: "one")["trace_id"] == .string(Self.traceID))
            }
        }

        @Test("Waiting in line is as long in the trace as it was")
        func queue() async throws {
            try await Self.run({
                $0.parallel = 1
                $0.profile = .init(promptTime: .milliseconds(400), tokenCount: 2)
            }) { service, engine, collector in
                _ = try await service.client.post("/api/v1/chat", Stage.chat())
                let first = try await service.client.begin("/api/v1/chat", Stage.chat(), headers: Self.headers("first"))
                try await engine.waitUntil { $0.generationsOpen == 1 }
                let answer = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat(),
                    headers: Self.headers("second")
                )
                #expect(answer.status == 200)
                _ = try await first.end()
                let wait = try await collector.trace(ofRequest: "second").one("queue")
                let line = try await service.logLine(of: "second")
                let milliseconds = Double(wait.end - wait.start) / 1_000_000
                let told = try #require(line["queue_wait_ms"]?.number)
                #expect(told > 0 && milliseconds >= told && milliseconds < told + 2000, "\(milliseconds) and \(told)")
            }
        }

        @Test("The load of a model is seen in the trace of who waited for it")
        func load() async throws {
            try await Self.run({
                $0.profile = .init(tokenCount: 2)
                $0.loadTime = .milliseconds(300)
            }) { service, _, collector in
                let answer = try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.headers("cold"))
                #expect(answer.status == 200)
                let load = try await collector.trace(ofRequest: "cold").one("load")
                #expect(load.end - load.start >= 200_000_000, "\(load)")
            }
        }

        @Test("Pictures are prepared in a span of the request, in whichever words they come", arguments: [true, false])
        func images(isRelayed: Bool) async throws {
            try await Self.run { service, engine, collector in
                let picture = JSON.string(TestPicture.base64(TestPicture.png(64, 48)))
                let route: VisionRoute = isRelayed ? .ollamaChat : .vlm
                let body = route.body([picture], model: "smollm2-vision")
                let answer = try await service.client.post(route.rawValue, body, headers: Self.headers("seen"))
                #expect(answer.status == 200, "\(answer)")
                let trace = try await collector.trace(ofRequest: "seen")
                let image = try trace.one("image")
                #expect(image["shared_ollama.images"] == 1 && image.parentID == trace.root.spanID)
                #expect(try Self.told(engine.requests).parent?.contains(Self.traceID) == true)

                let bad = route.body([.string(Data("no picture".utf8).base64EncodedString())], model: "smollm2-vision")
                let refused = try await service.client.post(route.rawValue, bad, headers: Self.headers("blind"))
                #expect(refused.status == 400, "\(refused)")
                let failed = try await collector.trace(ofRequest: "blind")
                #expect(try failed.one("image").isFailed && !failed.root.isFailed)
                #expect(failed.root["error.type"] == "invalid_image")
            }
        }

        @Test("A failure is in the trace: the engine's one of the call, the caller's one of the request alone")
        func failures() async throws {
            try await Self.run { service, engine, collector in
                _ = try await service.client.post("/api/v1/chat", Stage.chat())
                engine.set(.cut(afterTokens: 1), times: 1)
                _ = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat(stream: true),
                    headers: Self.headers("cut")
                )
                let cut = try await collector.trace(ofRequest: "cut")
                let call = try #require(cut.spans.first { $0.kind == TraceSpan.client })
                #expect(cut.root.isFailed && call.isFailed)
                #expect(cut.root["error.type"] == call["error.type"] && call["error.type"]?.string != nil)

                let missing = try await service.client.post(
                    "/v1/chat/completions",
                    Stage.chat("no-such"),
                    headers: Self.headers("missing")
                )
                #expect(missing.status == 404)
                let refused = try await collector.trace(ofRequest: "missing")
                #expect(refused.spans.count == 1 && !refused.root.isFailed)
                #expect(refused.root["error.type"] == "model_not_found")
                #expect(refused.root["http.response.status_code"] == 404)
            }
        }

        @Test("A caller that leaves has a trace up to there", arguments: [true, false])
        func leaves(stream: Bool) async throws {
            let profile = GenerationProfile(tokenPace: .milliseconds(50), tokenCount: 10_000)
            try await Self.run({ $0.profile = profile }) { service, engine, collector in
                let body = Stage.chat(stream: stream)
                let pending = try await service.client.begin("/api/v1/chat", body, headers: Self.headers("gone"))
                try await engine.waitUntil { $0.tokensSent >= 2 }
                if stream { _ = try await pending.frames(1) }
                await pending.leave()
                let trace = try await collector.trace(ofRequest: "gone")
                #expect(trace.root["shared_ollama.ended"] == "cancelled" && trace.root["error.type"] == "cancelled")
                #expect(trace.root["shared_ollama.cancelled_phase"] == "decoding")
                #expect(!trace.root.isFailed)
                _ = try trace.one("decode")
            }
        }

        @Test(
            "A request without a trace begins one, which its engine and its log line know; broken headers count as none"
        )
        func begins() async throws {
            try await Self.run { service, engine, collector in
                for (number, parent) in [nil, "00-\(Self.traceID)-0000000000000000-01", "nonsense"].enumerated() {
                    var headers: HTTPHeaders = ["X-Request-ID": "r\(number)", "tracestate": "rojo=1"]
                    if let parent { headers.add(name: "traceparent", value: parent) }
                    _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: headers)
                    let trace = try await collector.trace(ofRequest: "r\(number)")
                    #expect(trace.root.parentID == nil && trace.root.traceID != Self.traceID && trace.root.state == nil)
                    let told = try Self.told(engine.requests)
                    // Sampled, and of a random id.
                    #expect(
                        told.parent?.hasPrefix("00-\(trace.root.traceID)-") == true
                            && told.parent?.hasSuffix("-03") == true
                    )
                    #expect(told.state == nil)
                    #expect(try await service.logLine(of: "r\(number)")["trace_id"] == .string(trace.root.traceID))
                }
                var twice = Self.headers("twice")
                twice.add(name: "traceparent", value: "00-\(Self.traceID)-\(Self.callerSpan)-01")
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: twice)
                #expect(try await collector.trace(ofRequest: "twice").root.traceID != Self.traceID)
            }
        }

        @Test("What a caller does not record, and what the ratio leaves out, is not exported, and engines are told so")
        func unsampled() async throws {
            try await Self.run(settings: ["TRACING_SAMPLE_RATIO": "0"]) { service, engine, collector in
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.headers("quiet", "00"))
                let told = try Self.told(engine.requests)
                #expect(told.parent?.hasPrefix("00-\(Self.traceID)-") == true && told.parent?.hasSuffix("-00") == true)
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: ["X-Request-ID": "own"])
                #expect(try Self.told(engine.requests).parent?.hasSuffix("-02") == true)
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.headers("loud"))
                _ = try await collector.trace(ofRequest: "loud")
                let ids = collector.state.read { $0.spans.compactMap { $0["shared_ollama.request_id"]?.string } }
                #expect(ids == ["loud"])
            }
        }

        @Test("Switched off, the engine gets what the caller sent and nothing else", arguments: EngineFlavour.allCases)
        func off(flavour: EngineFlavour) async throws {
            try await Stage.either(flavour, profile: .init(tokenCount: 2)) { service, engine in
                try await untilReady(service)
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.headers("on"))
                var told = try Self.told(engine.recorded)
                #expect(told.parent == "00-\(Self.traceID)-\(Self.callerSpan)-01")
                #expect(told.state == "rojo=1,congo=t61rcWkgMzE")
                #expect(try await service.logLine(of: "on")["trace_id"] == .string(Self.traceID))
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: ["X-Request-ID": "off"])
                told = try Self.told(engine.recorded)
                #expect(told.parent == nil && told.state == nil)
                #expect(try await service.logLine(of: "off")["trace_id"] == nil)
            }
        }

        @Test("A server of OpenAI's kind is told of the trace as well, and is called what it speaks")
        func llama() async throws {
            try await TraceCollector.run { collector in
                let settings = ["TRACING_ENDPOINT": collector.url, "TRACING_INTERVAL_SECONDS": "0.1"]
                try await Stage.llama(settings: settings) { service, engine in
                    try await untilReady(service)
                    for (number, path) in ["/api/v1/chat", "/v1/chat/completions"].enumerated() {
                        let headers = Self.headers("r\(number)")
                        _ = try await service.client.post(path, Stage.chat(stream: true), headers: headers)
                        let trace = try await collector.trace(ofRequest: "r\(number)")
                        let call = try #require(trace.spans.first { $0.kind == TraceSpan.client })
                        #expect(call["gen_ai.provider.name"] == "openai")
                        #expect(try Self.told(engine.requests).parent == "00-\(Self.traceID)-\(call.spanID)-01")
                    }
                }
            }
        }

        @Test("Nothing that was said is in a trace, and no key")
        func secrecy() async throws {
            try await Self.run({ $0.profile = .init(text: "a hidden answer") }) { service, _, collector in
                let said: JSON = ["messages": [["role": "user", "content": "a hidden question"]], "model": "smollm2"]
                var headers = Self.headers("one")
                headers.add(name: "Authorization", value: "Bearer hidden-key")
                for (number, path) in ["/api/v1/chat", "/v1/chat/completions", "/api/chat"].enumerated() {
                    headers.replaceOrAdd(name: "X-Request-ID", value: "r\(number)")
                    _ = try await service.client.post(path, said, headers: headers)
                    _ = try await collector.trace(ofRequest: "r\(number)")
                }
                let bodies = collector.state.read { $0.bodies }
                #expect(bodies.allSatisfy { !String(decoding: $0, as: UTF8.self).contains("hidden") })
            }
        }

        @Test(
            "A collector that is broken, silent or away slows down and loses no request, and what it did not get is counted",
            arguments: ["500", "503", "hangs", "away"]
        )
        func brokenCollector(_ how: String) async throws {
            var settings = [
                "TRACING_MAX_QUEUED_SPANS": "64", "TRACING_BATCH_SPANS": "16", "TRACING_RETRIES": "0",
                "TRACING_TIMEOUT_SECONDS": "1",
            ]
            // Nobody listens there.
            if how == "away" { settings["TRACING_ENDPOINT"] = "http://127.0.0.1:9" }
            try await Self.run(settings: settings) { service, _, collector in
                collector.behaves(how == "hangs" ? .hangs : .answers(Int(how) ?? 500))
                for number in 0..<40 {
                    let headers = Self.headers("r\(number)")
                    let answer = try await service.client.post("/api/v1/chat", Stage.chat(), headers: headers)
                    #expect(answer.status == 200, "\(answer)")
                }
                try await eventually("all spans lost") {
                    let metrics = try await service.client.get("/metrics").text.split(separator: "\n")
                    let lost = metrics.filter { $0.hasPrefix("shared_ollama_trace_spans_dropped_total{") }
                        .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
                    // At least request, line, call, prefill and decode of each.
                    return lost >= 200
                }
                let said = service.log.value.map(\.text).filter { $0.contains("spans of traces are lost") }
                // Once, and not for every batch.
                #expect(said.count == 1, "\(said)")
                #expect(collector.state.read { $0.spans }.isEmpty)
            }
        }

        @Test("A collector that was busy gets the batch again when it said so, and no span twice")
        func busyCollector() async throws {
            try await Self.run { service, _, collector in
                collector.behaves(.answers(503, headers: ["Retry-After": "0"]))
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.headers("one"))
                try await collector.state.wait(for: "an attempt") { !$0.bodies.isEmpty }
                collector.behaves(.takes)
                _ = try await collector.trace(ofRequest: "one")
            }
        }

        @Test("What waits goes out when the service stops, with the headers that its operator has set")
        func stops() async throws {
            let settings = [
                "TRACING_INTERVAL_SECONDS": "300", "TRACING_HEADERS": "x-tenant=hidden%20one",
                "TRACING_SERVICE_NAME": "gateway",
            ]
            try await Self.run(settings: settings) { service, _, collector in
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.headers("last"))
                #expect(collector.state.read { $0.bodies }.isEmpty)
                service.process.signal(SIGTERM)
                _ = try await service.process.ended()
                _ = try await collector.trace(ofRequest: "last")
                let (headers, bodies) = collector.state.read { ($0.headers, $0.bodies) }
                #expect(headers.first?.first(name: "x-tenant") == "hidden one")
                #expect(
                    bodies.first.map { String(decoding: $0, as: UTF8.self).contains(#""stringValue":"gateway""#) }
                        == true
                )
                #expect(!service.log.value.contains { $0.text.contains("hidden one") })
            }
        }

        @Test("A silent collector does not hold up the end of the service")
        func stopsSilently() async throws {
            let settings = ["TRACING_INTERVAL_SECONDS": "0.1", "TRACING_TIMEOUT_SECONDS": "1"]
            try await Self.run(settings: settings) { service, _, collector in
                collector.behaves(.hangs)
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: Self.headers("last"))
                try await collector.state.wait(for: "an attempt") { !$0.bodies.isEmpty }
                let start = ContinuousClock.now
                service.process.signal(SIGTERM)
                _ = try await service.process.ended()
                #expect(.now - start < tenfold(.seconds(3)))
            }
        }

        @Test("Each item of a batch has a trace of its own")
        func batch() async throws {
            try await Self.run { service, _, collector in
                let item = Stage.chat()
                let answer = try await service.client.post("/api/v1/batch/chat", ["requests": [item, item]])
                #expect(answer.status == 200, "\(answer)")
                let state = try await collector.state.wait(for: "both traces") { state in
                    state.spans.count { $0.name.hasPrefix("chat ") && $0.kind == 1 } == 2
                }
                let roots = state.spans.filter { $0.name.hasPrefix("chat ") && $0.kind == 1 }
                #expect(Set(roots.map(\.traceID)).count == 2 && roots.allSatisfy { $0.parentID == nil })
            }
        }
    }
}
