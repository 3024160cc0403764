import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Tracing", .light)
    struct Tracing {
        @Test(
            "A caller's trace goes through the service: its request, its line, its call of the engine with prefill and decode",
            arguments: ["/api/v1/chat", "/v1/chat/completions", "/api/chat", "/v1/messages"],
            [true, false]
        )
        func chat(path: String, stream: Bool) async throws {
            try await TracedStage.run { service, engine, collector in
                // Beforehand, so that the model is there.
                _ = try await service.client.post("/api/v1/chat", Stage.chat())
                var body = Stage.chat(stream: stream, ["max_tokens": 50, "temperature": 0.5])
                if path == "/api/chat" {
                    body = Stage.chat(stream: stream, ["options": ["num_predict": 50, "temperature": 0.5]])
                }
                let answer = try await service.client.post(path, body, headers: TracedStage.headers("one"))
                #expect(answer.status == 200, "\(answer)")
                let trace = try await collector.trace(ofRequest: "one")
                let model = "smollm2:latest"
                let call = try trace.one("chat \(model)")
                let root = trace.root
                #expect(root.name == "POST \(path)" && root.kind == TraceSpan.server)
                #expect(
                    root.traceID == TracedStage.traceID && root.parentID == TracedStage.callerSpan
                        && root.isParentRemote
                )
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
                let told = try TracedStage.told(engine.requests)
                #expect(told.parent == "00-\(TracedStage.traceID)-\(call.spanID)-01")
                #expect(told.state == "rojo=1,congo=t61rcWkgMzE")
                #expect(try await service.logLine(of: "one")["trace_id"] == .string(TracedStage.traceID))
            }
        }

        @Test("Waiting in line is as long in the trace as it was")
        func queue() async throws {
            try await TracedStage.run({
                $0.parallel = 1
                $0.profile = .init(promptTime: .milliseconds(400), tokenCount: 2)
            }) { service, engine, collector in
                _ = try await service.client.post("/api/v1/chat", Stage.chat())
                let first = try await service.client.begin(
                    "/api/v1/chat",
                    Stage.chat(),
                    headers: TracedStage.headers("first")
                )
                try await engine.waitUntil { $0.generationsOpen == 1 }
                let answer = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat(),
                    headers: TracedStage.headers("second")
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
            try await TracedStage.run({
                $0.profile = .init(tokenCount: 2)
                $0.loadTime = .milliseconds(300)
            }) { service, _, collector in
                let answer = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat(),
                    headers: TracedStage.headers("cold")
                )
                #expect(answer.status == 200)
                let load = try await collector.trace(ofRequest: "cold").one("load")
                #expect(load.end - load.start >= 200_000_000, "\(load)")
            }
        }

        @Test("Pictures are prepared in a span of the request, in whichever words they come", arguments: [true, false])
        func images(isRelayed: Bool) async throws {
            try await TracedStage.run { service, engine, collector in
                let picture = JSON.string(TestPicture.base64(TestPicture.png(64, 48)))
                let route: VisionRoute = isRelayed ? .ollamaChat : .vlm
                let body = route.body([picture], model: "smollm2-vision")
                let answer = try await service.client.post(route.rawValue, body, headers: TracedStage.headers("seen"))
                #expect(answer.status == 200, "\(answer)")
                let trace = try await collector.trace(ofRequest: "seen")
                let image = try trace.one("image")
                #expect(image["shared_ollama.images"] == 1 && image.parentID == trace.root.spanID)
                #expect(try TracedStage.told(engine.requests).parent?.contains(TracedStage.traceID) == true)

                let bad = route.body([.string(Data("no picture".utf8).base64EncodedString())], model: "smollm2-vision")
                let refused = try await service.client.post(route.rawValue, bad, headers: TracedStage.headers("blind"))
                #expect(refused.status == 400, "\(refused)")
                let failed = try await collector.trace(ofRequest: "blind")
                #expect(try failed.one("image").isFailed && !failed.root.isFailed)
                #expect(failed.root["error.type"] == "invalid_image")
            }
        }

        @Test("A failure is in the trace: the engine's one of the call, the caller's one of the request alone")
        func failures() async throws {
            try await TracedStage.run { service, engine, collector in
                _ = try await service.client.post("/api/v1/chat", Stage.chat())
                engine.set(.cut(afterTokens: 1), times: 1)
                _ = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat(stream: true),
                    headers: TracedStage.headers("cut")
                )
                let cut = try await collector.trace(ofRequest: "cut")
                let call = try #require(cut.spans.first { $0.kind == TraceSpan.client })
                #expect(cut.root.isFailed && call.isFailed)
                #expect(cut.root["error.type"] == call["error.type"] && call["error.type"]?.string != nil)

                let missing = try await service.client.post(
                    "/v1/chat/completions",
                    Stage.chat("no-such"),
                    headers: TracedStage.headers("missing")
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
            try await TracedStage.run({ $0.profile = profile }) { service, engine, collector in
                let body = Stage.chat(stream: stream)
                let pending = try await service.client.begin("/api/v1/chat", body, headers: TracedStage.headers("gone"))
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
            try await TracedStage.run { service, engine, collector in
                for (number, parent) in [nil, "00-\(TracedStage.traceID)-0000000000000000-01", "nonsense"].enumerated()
                {
                    var headers: HTTPHeaders = ["X-Request-ID": "r\(number)", "tracestate": "rojo=1"]
                    if let parent { headers.add(name: "traceparent", value: parent) }
                    _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: headers)
                    let trace = try await collector.trace(ofRequest: "r\(number)")
                    #expect(
                        trace.root.parentID == nil && trace.root.traceID != TracedStage.traceID
                            && trace.root.state == nil
                    )
                    let told = try TracedStage.told(engine.requests)
                    // Sampled, and of a random id.
                    #expect(
                        told.parent?.hasPrefix("00-\(trace.root.traceID)-") == true
                            && told.parent?.hasSuffix("-03") == true
                    )
                    #expect(told.state == nil)
                    #expect(try await service.logLine(of: "r\(number)")["trace_id"] == .string(trace.root.traceID))
                }
                var twice = TracedStage.headers("twice")
                twice.add(name: "traceparent", value: "00-\(TracedStage.traceID)-\(TracedStage.callerSpan)-01")
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: twice)
                #expect(try await collector.trace(ofRequest: "twice").root.traceID != TracedStage.traceID)
            }
        }

        @Test("What a caller does not record, and what the ratio leaves out, is not exported, and engines are told so")
        func unsampled() async throws {
            try await TracedStage.run(settings: ["TRACING_SAMPLE_RATIO": "0"]) { service, engine, collector in
                _ = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat(),
                    headers: TracedStage.headers("quiet", "00")
                )
                let told = try TracedStage.told(engine.requests)
                #expect(
                    told.parent?.hasPrefix("00-\(TracedStage.traceID)-") == true
                        && told.parent?.hasSuffix("-00") == true
                )
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: ["X-Request-ID": "own"])
                #expect(try TracedStage.told(engine.requests).parent?.hasSuffix("-02") == true)
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: TracedStage.headers("loud"))
                _ = try await collector.trace(ofRequest: "loud")
                let ids = collector.state.read { $0.spans.compactMap { $0["shared_ollama.request_id"]?.string } }
                #expect(ids == ["loud"])
            }
        }

        @Test("Switched off, the engine gets what the caller sent and nothing else", arguments: EngineFlavour.allCases)
        func off(flavour: EngineFlavour) async throws {
            try await Stage.either(flavour, profile: .init(tokenCount: 2)) { service, engine in
                try await untilReady(service)
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: TracedStage.headers("on"))
                var told = try TracedStage.told(engine.recorded)
                #expect(told.parent == "00-\(TracedStage.traceID)-\(TracedStage.callerSpan)-01")
                #expect(told.state == "rojo=1,congo=t61rcWkgMzE")
                #expect(try await service.logLine(of: "on")["trace_id"] == .string(TracedStage.traceID))
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: ["X-Request-ID": "off"])
                told = try TracedStage.told(engine.recorded)
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
                        let headers = TracedStage.headers("r\(number)")
                        _ = try await service.client.post(path, Stage.chat(stream: true), headers: headers)
                        let trace = try await collector.trace(ofRequest: "r\(number)")
                        let call = try #require(trace.spans.first { $0.kind == TraceSpan.client })
                        #expect(call["gen_ai.provider.name"] == "openai")
                        #expect(
                            try TracedStage.told(engine.requests).parent
                                == "00-\(TracedStage.traceID)-\(call.spanID)-01"
                        )
                    }
                }
            }
        }

        @Test("An engine's first word counts as it came, even where its answer is told as a whole")
        func firstWord() async throws {
            try await TraceCollector.run { collector in
                let settings = ["TRACING_ENDPOINT": collector.url, "TRACING_INTERVAL_SECONDS": "0.1"]
                let profile = GenerationProfile(tokenPace: .milliseconds(100), tokenCount: 5)
                try await Stage.llama({ $0.profile = profile }, settings: settings) { service, _ in
                    try await untilReady(service)
                    for (number, path) in ["/api/chat", "/v1/chat/completions"].enumerated() {
                        let headers = TracedStage.headers("r\(number)")
                        _ = try await service.client.post(path, Stage.chat(stream: false), headers: headers)
                        let trace = try await collector.trace(ofRequest: "r\(number)")
                        let call = try #require(trace.spans.first { $0.kind == TraceSpan.client })
                        let first = try #require(call["gen_ai.response.time_to_first_chunk"]?.number)
                        let rest = Double(call.end - call.start) / 1_000_000_000 - first
                        #expect(rest > 0.2, "\(path): \(first) and \(rest)")
                    }
                }
            }
        }

        @Test("Each item of a batch is a part of its caller's trace")
        func tracedBatch() async throws {
            try await TracedStage.run { service, _, collector in
                let item = Stage.chat()
                let headers = TracedStage.headers("both")
                _ = try await service.client.post("/api/v1/batch/chat", ["requests": [item, item]], headers: headers)
                for number in 0..<2 {
                    let root = try await collector.trace(ofRequest: "both-\(number)").root
                    #expect(root.traceID == TracedStage.traceID && root.parentID == TracedStage.callerSpan)
                }
            }
        }

        @Test("Each item of a batch whose caller has no trace has one of its own")
        func batch() async throws {
            try await TracedStage.run { service, _, collector in
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
