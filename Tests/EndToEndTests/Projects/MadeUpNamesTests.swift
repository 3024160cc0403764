import NIOHTTP1
import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Names that callers make up", .heavy, .enabled(if: ProcessFigures.areKnown))
    struct MadeUpNames {
        private static let settings = [
            "MAX_UNREGISTERED_PROJECTS": "4", "USAGE_WINDOW_REQUESTS": "100", "LOG_LEVEL": "info",
        ]

        /// Names of projects and models, ids and keys, each of them new; every one with a record or a refusal.
        private static func callers(_ numbers: Range<Int>, _ service: ServiceUnderTest) async throws {
            let connection = try await Connection.open(port: service.port)
            for number in numbers {
                let headers: HTTPHeaders = ["X-Project-Name": "project-\(number)", "X-Request-ID": "id-\(number)"]
                let body = Stage.chat(number.isMultiple(of: 50) ? "smollm2" : "model-\(number)")
                let answer = try await connection.post("/api/v1/chat", body, headers: headers).end()
                #expect(answer.status == (number.isMultiple(of: 50) ? 200 : 404), "\(answer)")
                let odd: HTTPHeaders = ["Host": "host-\(number).example", "X-Request-ID": "odd-\(number)"]
                let refused = try await connection.send(.GET, "/path-\(number)", headers: odd).end()
                #expect(refused.status == 403, "\(refused)")
            }
            await connection.close()
        }

        @Test("Predecessor 30: thousands of made-up projects, models and paths take bounded memory and a few names")
        func bounded() async throws {
            try await Stage.ollama(settings: Self.settings) { service, _ in
                try await Self.callers(0..<500, service)
                let memory = try ProcessFigures.residentBytes(of: service.process.pid)
                for start in stride(from: 500, to: 2500, by: 500) {
                    try await Self.callers(start..<(start + 500), service)
                }
                let growth = try ProcessFigures.residentBytes(of: service.process.pid) - memory
                print("memory grew by \(growth >> 10) KiB")
                #expect(growth < 8 * 1_048_576)
                _ = try await service.logLine(of: "id-2499")
                let projects = Set(service.requestLines.compactMap { $0["project"]?.string })
                #expect(projects == ["project-0", "project-1", "project-2", "project-3", "other"], "\(projects)")
            }
        }
    }
}
