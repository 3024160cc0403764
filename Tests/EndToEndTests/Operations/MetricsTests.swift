import Application
import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("GET /metrics", .light)
    struct MetricsPage {
        /// What Prometheus reads: the value of every series, as it is written.
        private struct Page {
            var values: [String: Double] = [:]
            var kinds: [String: String] = [:]

            init(_ text: String) throws {
                for line in text.split(separator: "\n") {
                    let words = line.split(separator: " ")
                    if line.hasPrefix("# TYPE ") {
                        self.kinds[String(words[2])] = String(words[3])
                    } else if !line.hasPrefix("#") {
                        let end = try #require(line.lastIndex(of: " "))
                        let value = line[line.index(after: end)...]
                        self.values[String(line[..<end])] = value == "+Inf" ? .infinity : try #require(Double(value))
                    }
                }
            }

            /// The sum of a family's series, as far as they have all of these labels.
            func sum(_ name: String, _ labels: String...) -> Double {
                self.values.reduce(0) { sum, series in
                    let isIt = series.key == name || series.key.hasPrefix("\(name){")
                    return isIt && labels.allSatisfy { series.key.contains($0) } ? sum + series.value : sum
                }
            }
        }

        private static func page(_ service: ServiceUnderTest) async throws -> Page {
            let answer = try await service.client.get("/metrics")
            #expect(answer.status == 200, "\(answer)")
            #expect(answer.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8")
            return try Page(answer.text)
        }

        /// Some requests of every kind: answered, streamed, failed, refused, embedded.
        private static func load(_ service: ServiceUnderTest) async throws {
            for project in ["search", "mail"] {
                let headers: HTTPHeaders = ["X-Project-Name": project, "X-Priority": "interactive"]
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: headers)
                _ = try await service.client.post("/api/v1/chat", Stage.chat(stream: true), headers: headers)
            }
            _ = try await service.client.post("/api/v1/chat", Stage.chat("no-such-model"))
            _ = try await service.client.post("/api/v1/chat", ["messages": 1])
            _ = try await service.client.get("/api/v1/models", headers: ["Host": "elsewhere.example"])
        }

        @Test("Its counters and histograms are what was asked, in base units")
        func numbers() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenCount: 5) }) { service, _ in
                try await eventually("an engine") { try await service.client.get("/readyz").status == 200 }
                let start = try await Self.page(service)
                #expect(start.sum("shared_ollama_requests_total") == 0)
                try await Self.load(service)
                try await eventually("six requests") {
                    try await Self.page(service).sum("shared_ollama_requests_total") == 6
                }
                let page = try await Self.page(service)
                #expect(page.sum("shared_ollama_requests_total", "ending=\"completed\"", "dialect=\"native\"") == 4)
                #expect(page.sum("shared_ollama_requests_total", "ending=\"failed\"") == 2)
                #expect(page.sum("shared_ollama_project_requests_total", "project=\"mail\"") == 2)
                #expect(page.sum("shared_ollama_errors_total", "code=\"model_not_found\"") == 1)
                #expect(page.sum("shared_ollama_refused_requests_total", "code=\"forbidden\"") == 1)
                #expect(page.sum("shared_ollama_tokens_total", "project=\"search\"", "type=\"output\"") == 10)
                #expect(page.sum("gen_ai_server_request_duration_seconds_count", "smollm2") == 4)
                #expect(page.sum("gen_ai_server_request_duration_seconds_bucket", "smollm2", "le=\"+Inf\"") == 4)
                #expect(page.sum("gen_ai_server_time_to_first_token_seconds_count") == 4)
                #expect(page.sum("shared_ollama_queue_wait_seconds_count", "class=\"normal\"") == 4)
                let seconds = page.sum("gen_ai_server_request_duration_seconds_sum", "smollm2")
                #expect(seconds > 0 && seconds < 60)
                #expect(page.sum("shared_ollama_engine_up", "engine=\"local\"") == 1)
                #expect(page.sum("shared_ollama_queue_capacity", "queue=\"chat\"") == 1000)
                #expect(page.sum("process_resident_memory_bytes") > 1_000_000)
            }
        }

        @Test("Who waits and who runs is told as it is at this moment, and so is an engine that goes")
        func present() async throws {
            try await Stage.ollama({
                $0.parallel = 1
                $0.profile = .init(tokenPace: .milliseconds(20), tokenCount: 100_000)
            }) { service, engine in
                let holder = try await service.client.begin("/api/v1/chat", Stage.chat(stream: true))
                _ = try await holder.frames(1)
                let waiting = try await service.client.begin("/api/v1/chat", Stage.chat())
                try await eventually("a waiting request") {
                    let page = try await Self.page(service)
                    return page.sum("shared_ollama_queued_requests", "queue=\"chat\"", "class=\"normal\"") == 1
                        && page.sum("shared_ollama_running_requests", "queue=\"chat\"") == 1
                        && page.sum("shared_ollama_engine_running_requests", "engine=\"local\"") == 1
                }
                await waiting.leave()
                await holder.leave()
                try await eventually("nobody") {
                    let page = try await Self.page(service)
                    return page.sum("shared_ollama_queued_requests") + page.sum("shared_ollama_running_requests") == 0
                        && page.sum("shared_ollama_cancellations_total") == 2
                }
            }
        }

        @Test("Alerts and dashboards under deploy/ use no name that is not there, and every alert is documented")
        func deployed() throws {
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
            func text(_ path: String) throws -> String {
                try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
            }
            let alerts = try text("deploy/prometheus/alerts.yml")
            let families = Set(
                Metric.all.flatMap { metric in
                    metric.kind == .histogram ? ["_bucket", "_sum", "_count"].map { metric.name + $0 } : [metric.name]
                }
            )
            for file in [alerts, try text("deploy/grafana/shared-ollama.json")] {
                let names = file.matches(of: #/\b(?:shared_ollama|gen_ai_server|gen_ai_client|process)_\w+/#).map {
                    String($0.output)
                }
                #expect(!names.isEmpty && Set(names).subtracting(families) == [])
            }
            let documentation = try text("docs/operations.md")
            let named = alerts.matches(of: #/- alert: (\w+)/#).map { String($0.output.1) }
            #expect(named.count > 10)
            for alert in named { #expect(documentation.contains("| `\(alert)` |"), "\(alert)") }
        }

        @Test("Every family is documented with its kind, its labels and its buckets, and no other is")
        func documented() async throws {
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
            let text = try String(contentsOf: root.appendingPathComponent("docs/operations.md"), encoding: .utf8)
            let rows = text.split(separator: "\n").map { line in
                line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            }
            let families = rows.filter { $0.count == 4 && ["counter", "gauge", "histogram"].contains($0[1]) }
            let buckets = rows.filter { $0.count == 2 && $0[0].hasPrefix("`") }
            let documented = Set(families.map { Array($0.prefix(3)) })
            let own = Set(
                Metric.all.map { metric in
                    ["`\(metric.name)`", metric.kind.rawValue, metric.labels.map { "`\($0)`" }.joined(separator: ", ")]
                }
            )
            #expect(documented.subtracting(own) == [], "documented and not there")
            #expect(own.subtracting(documented) == [], "there and not documented")
            let bounds = Dictionary(
                buckets.map { row in (row[0], row[1].split(separator: " ").compactMap { Double($0) }) }
            ) { first, _ in first }
            for metric in Metric.all where metric.kind == .histogram {
                #expect(bounds["`\(metric.name)`"] == metric.buckets, "\(metric.name)")
            }
            try await Stage.ollama { service, _ in
                try await Self.load(service)
                let page = try await Self.page(service)
                #expect(Set(page.kinds.keys) == Set(Metric.all.map(\.name)))
                for metric in Metric.all { #expect(page.kinds[metric.name] == metric.kind.rawValue) }
            }
        }

        @Test("Beyond loopback and with keys it is for admins")
        func keys() async throws {
            try await Stage.ollama { service, _ in
                // A proxy's word makes a caller one from elsewhere.
                let elsewhere: HTTPHeaders = ["X-Forwarded-For": "192.0.2.1"]
                let here = try await service.client.get("/metrics")
                #expect(here.status == 200, "\(here)")
                let there = try await service.client.get("/metrics", headers: elsewhere)
                #expect(there.status == 401 || there.status == 403, "\(there)")
            }
        }

        /// `promtool` comes with Debian's package `prometheus`.
        private static let promtool = ["/usr/bin/promtool", ProcessInfo.processInfo.environment["PROMTOOL"] ?? ""]
            .first { FileManager.default.isExecutableFile(atPath: $0) }

        @Test("promtool finds nothing wrong with it", .enabled(if: promtool != nil, "promtool is not installed"))
        func lint() async throws {
            let promtool = try #require(Self.promtool)
            try await Stage.ollama { service, _ in
                try await Self.load(service)
                let page = try await service.client.get("/metrics")
                let directory = try TemporaryDirectory()
                defer { directory.remove() }
                let file = "\(directory.path)/metrics"
                try page.text.write(toFile: file, atomically: false, encoding: .utf8)
                let output = "\(directory.path)/output"
                let status = try await Self.shell("exec '\(promtool)' check metrics <'\(file)' >'\(output)' 2>&1")
                let findings = try String(contentsOfFile: output, encoding: .utf8)
                #expect(status == 0 && findings.isEmpty, "\(findings)")
            }
        }

        private static func shell(_ command: String) async throws -> Int32 {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", command]
            let status = Watched<Int32?>(nil)
            process.terminationHandler = { ended in status.change { $0 = ended.terminationStatus } }
            try process.run()
            return try await status.wait(for: "end of the command") { $0 != nil } ?? -1
        }
    }
}
