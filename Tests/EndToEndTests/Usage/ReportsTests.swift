import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Reports of requests", .light)
    struct Reports {
        private static func get(_ path: String, _ service: ServiceUnderTest) async throws -> JSON {
            let answer = try await service.client.get("/api/v1/\(path)")
            #expect(answer.status == 200, "\(answer)")
            return try #require(answer.json)
        }

        /// Five requests of three kinds by two projects; two of them fail.
        private static func load(_ service: ServiceUnderTest) async throws {
            let search: HTTPHeaders = ["X-Project-Name": "search"]
            let mail: HTTPHeaders = ["X-Project-Name": "mail"]
            let client = service.client
            #expect(try await client.post("/api/v1/chat", Stage.chat(), headers: search).status == 200)
            #expect(
                try await client.post("/v1/chat/completions", Stage.chat(stream: true), headers: search).status == 200
            )
            #expect(try await client.post("/api/generate", Stage.body(stream: true), headers: mail).status == 200)
            #expect(try await client.post("/api/v1/chat", Stage.chat("no-such-model"), headers: mail).status == 404)
            #expect(try await client.post("/api/v1/embeddings", ["input": 1], headers: mail).status == 422)
            // Neither lists nor reports are requests that count.
            _ = try await client.get("/api/v1/models")
        }

        @Test("Predecessor 14: analytics count each request of every route once, with times that are not zero")
        func analytics() async throws {
            try await Stage.ollama { service, _ in
                try await Self.load(service)
                let report = try await Self.get("analytics", service)
                #expect(report["total_requests"] == 5 && report["successful_requests"] == 3, "\(report)")
                #expect(report["failed_requests"] == 2 && report["success_rate"] == 0.6)
                #expect(report["requests_by_project"] == ["search": 2, "mail": 3])
                #expect(report["requests_by_operation"] == ["chat": 3, "generate": 1, "embed": 1])
                #expect(report["requests_by_model"]?["smollm2:latest"] == 3)
                #expect(report["errors_by_type"]?["model_not_found"] == 1)
                let mean = try #require(report["average_latency_ms"]?.number)
                let p99 = try #require(report["p99_latency_ms"]?.number)
                #expect(mean > 0 && p99 >= (report["p50_latency_ms"]?.number ?? .infinity))
                let mail = try #require(report["project_metrics"]?["mail"])
                #expect(mail["project_name"] == "mail" && mail["failed_requests"] == 2)
                let hours = try #require(report["hourly_metrics"]?.elements)
                #expect(hours.compactMap { $0["requests_count"]?.number }.reduce(0, +) == 5)
                // The figures are those of the ledger that anybody can open.
                let rows = try StoredUsage(in: service.dataDirectory).requests()
                let sum = rows.map { Double($0.totalMicroseconds) / 1000 }.reduce(0, +)
                #expect(rows.count == 5 && abs(sum / 5 - mean) < 0.01)
                let own = try await Self.get("analytics?project=search", service)
                #expect(own["total_requests"] == 2 && own["requests_by_project"] == ["search": 2])
            }
        }

        @Test("Predecessor 14: a window leaves out what is older, and takes fractions of a minute")
        func windows() async throws {
            try await Stage.ollama { service, _ in
                try await Self.load(service)
                #expect(try await Self.get("analytics?window_minutes=60", service)["total_requests"] == 5)
                #expect(try await Self.get("performance/stats?window_minutes=60", service)["total_requests"] == 3)
                // Three hundredths of a second, which pass while this is asked.
                try await eventually("an empty window") {
                    let report = try await Self.get("analytics?window_minutes=0.0005", service)
                    let stats = try await Self.get("performance/stats?window_minutes=0.0005", service)
                    return report["total_requests"] == 0 && stats["total_requests"] == 0
                }
                #expect(try await Self.get("analytics", service)["total_requests"] == 5)
            }
        }

        @Test("A report begins at an instant instead, and tells of one model; what is neither is refused by name")
        func instants() async throws {
            try await Stage.ollama { service, _ in
                try await Self.load(service)
                for report in ["analytics", "performance/stats"] {
                    #expect(
                        try await Self.get("\(report)?since=2020-01-31", service)["total_requests"]?.number ?? 0 > 2
                    )
                    #expect(try await Self.get("\(report)?since=2090-01-31T00:00:00Z", service)["total_requests"] == 0)
                    #expect(try await Self.get("\(report)?model=SmolLM2", service)["total_requests"] == 3)
                    for (query, name) in [
                        ("since=2020-01-31&window_minutes=5", "/since"), ("since=soon", "/since"), ("model=", "/model"),
                    ] {
                        let answer = try await service.client.get("/api/v1/\(report)?\(query)")
                        #expect(answer.status == 422, "\(answer)")
                        #expect(answer.json?["errors"]?[0]?["pointer"]?.string == name, "\(answer)")
                    }
                }
            }
        }

        @Test("Since the start means since this start, and a window reaches back behind it")
        func restarts() async throws {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            try await Stage.ollama(dataDirectory: directory.path) { service, _ in
                try await Self.load(service)
                _ = try await Self.get("analytics", service)
            }
            try await Stage.ollama(dataDirectory: directory.path) { service, _ in
                let start = try await Self.get("analytics", service)
                #expect(start["total_requests"] == 0)
                let day = try await Self.get("analytics?window_minutes=1440", service)
                #expect(day["total_requests"] == 5)
            }
        }

        @Test("Predecessor 14: speed is measured, and a model that was in memory before is a warm start")
        func performance() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenPace: .milliseconds(5), tokenCount: 8) }) { service, _ in
                for _ in 0..<2 { _ = try await service.client.post("/api/v1/chat", Stage.chat()) }
                let stats = try await Self.get("performance/stats", service)
                #expect(stats["total_requests"] == 2, "\(stats)")
                #expect((stats["avg_tokens_per_second"]?.number ?? 0) > 0, "\(stats)")
                #expect((stats["avg_generation_time_ms"]?.number ?? 0) > 0, "\(stats)")
                #expect(stats["warm_start_rate"] == 0.5, "\(stats)")
                let model = try #require(stats["by_model"]?["smollm2:latest"])
                #expect(model["request_count"] == 2 && model["warm_start_rate"] == 0.5)
                #expect(model["avg_tokens_per_second"] == stats["avg_tokens_per_second"])
            }
        }

        @Test("Usage is told by day, model or project, and all together")
        func usage() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenCount: 4) }) { service, _ in
                try await Self.load(service)
                let days = try await Self.get("usage", service)
                #expect(days["by"] == "day" && days["usage"]?.elements.count == 1, "\(days)")
                #expect(days["total"]?["requests"] == 5 && days["total"]?["completion_tokens"] == 12)
                let projects = try await Self.get("usage?by=project", service)
                #expect(projects["usage"]?.elements.compactMap { $0["project"]?.string } == ["mail", "search"])
                let models = try await Self.get("usage?by=model&project=mail", service)
                #expect(models["usage"]?.elements.first?["model"] == "smollm2:latest", "\(models)")
                #expect(models["total"]?["requests"] == 3)
                #expect(try await Self.get("usage?since=2999-01-01", service)["total"]?["requests"] == 0)
                #expect(try await Self.get("usage?until=2000-01-01T00:00:00.5%2B01:00", service)["usage"] == [])
            }
        }

        @Test("As a table, analytics are a line for each project")
        func table() async throws {
            try await Stage.ollama { service, _ in
                try await Self.load(service)
                let answer = try await service.client.get("/api/v1/analytics?format=csv")
                #expect(answer.header("Content-Type")?.hasPrefix("text/csv") == true)
                let lines = answer.text.split(separator: "\r\n")
                #expect(lines.count == 3 && lines[0].hasPrefix("project_name,total_requests,"))
                #expect(lines[1].hasPrefix("mail,3,1,2,") && lines[2].hasPrefix("search,2,2,0,"), "\(lines)")
            }
        }

        @Test("What cannot be read is refused by its name")
        func refusals() async throws {
            let paths = [
                "analytics?window_minutes=0", "analytics?window_minutes=-1", "analytics?window_minutes=x",
                "analytics?window_minutes=nan", "analytics?window_minutes=inf", "performance/stats?window_minutes=1e9",
                "analytics?format=xml", "analytics?project=a%20b", "usage?by=hour", "usage?since=yesterday",
                "usage?until=2026-13-01",
            ]
            try await Stage.ollama { service, _ in
                for path in paths {
                    let answer = try await service.client.get("/api/v1/\(path)")
                    let name = path.split(separator: "?")[1].split(separator: "=")[0]
                    #expect(answer.status == 400 || answer.status == 422, "\(answer)")
                    #expect(answer.json?["errors"]?.elements.first?["pointer"]?.string == "/\(name)", "\(answer)")
                }
            }
        }
    }
}
