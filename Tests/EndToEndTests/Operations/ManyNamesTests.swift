import Foundation
import NIOHTTP1
import OllamaTestDouble
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Callers with ever new names of projects and models", .heavy)
    struct ManyNames {
        @Test("have no more series than there are places, and each request is counted")
        func short() async throws {
            try await Self.run(requests: 1500, names: 500)
        }

        @Suite("Up to 100,000 requests with 10,000 names", .enabled(if: LongRun.isWanted), .heavy)
        struct ManyNamesLongTests {
            @Test("leave the memory as it is")
            func long() async throws {
                // All of them in ten minutes, fewer where less time is given.
                let requests = min(100_000, Int(LongRun.seconds ?? 0) * 250)
                try await ManyNames.run(requests: max(20_000, requests), names: 10_000)
            }
        }

        /// Half of the requests are answered; the others ask for models that are nowhere.
        static func run(requests: Int, names: Int) async throws {
            try await Stage.ollama({
                $0.parallel = 8
                $0.profile = .init(tokenPace: .zero, tokenCount: 1)
            }) { service, _ in
                try await eventually("an engine") { try await service.client.get("/readyz").status == 200 }
                var figures: [(series: Int, memory: Double)] = []
                // After the first fifth all that is bounded has had the time to be full.
                for part in 0..<5 {
                    try await Self.ask(requests / 5, from: part * requests / 5, names: names, service)
                    try await eventually("all requests in the metrics") {
                        try await Self.sum("shared_ollama_requests_total", service)
                            == Double((part + 1) * (requests / 5))
                    }
                    let page = try await service.client.get("/metrics").text
                    let series = page.split(separator: "\n").filter { !$0.hasPrefix("#") }.count
                    figures.append((series, try await Self.sum("process_resident_memory_bytes", service)))
                }
                print("after each fifth: \(figures.map { "\($0.series) series, \(Int($0.memory) >> 20) MiB" })")
                #expect(try await Self.sum("shared_ollama_project_requests_total", service) == Double(requests))
                #expect(figures.allSatisfy { $0.series < 2000 })
                let grown = Int(figures[4].memory - figures[0].memory)
                // Room for the ledger's and the statistics' windows, which fill up to their bounds.
                #expect(grown < 32 << 20, "grown by \(grown >> 20) MiB")
            }
        }

        private static func ask(_ count: Int, from start: Int, names: Int, _ service: ServiceUnderTest) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        for number in stride(from: start + worker, to: start + count, by: 8) {
                            let name = number % names
                            let isKnown = number % 2 == 0
                            let headers: HTTPHeaders = ["X-Project-Name": "project-\(name)"]
                            let body = Stage.chat(isKnown ? "smollm2" : "model-\(name)")
                            let answer = try await service.client.post("/api/v1/chat", body, headers: headers)
                            #expect(answer.status == (isKnown ? 200 : 404), "\(answer)")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }

        private static func sum(_ name: String, _ service: ServiceUnderTest) async throws -> Double {
            let page = try await service.client.get("/metrics").text
            let lines = page.split(separator: "\n").filter { $0.hasPrefix("\(name){") || $0.hasPrefix("\(name) ") }
            let values = lines.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
            return values.reduce(0, +)
        }
    }
}
