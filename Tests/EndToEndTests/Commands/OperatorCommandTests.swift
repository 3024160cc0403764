import Foundation
import NIOHTTP1
import OllamaTestDouble
import Testing

@testable import SharedOllama

extension EndToEnd {
    @Suite("shared-ollama status, top, models and usage", .light)
    struct OperatorCommands {
        @Test("One screen shows engines, models, queues, projects and failures, with their figures")
        func status() async throws {
            try await Stage.ollama { service, _ in
                try await untilReady(service)
                let headers: HTTPHeaders = ["X-Project-Name": "search", "X-Request-ID": "wrong-one"]
                _ = try await service.client.post("/api/v1/chat", Stage.chat(), headers: ["X-Project-Name": "search"])
                _ = try await service.client.post("/api/v1/chat", Stage.chat("no-such-model"), headers: headers)
                let status = try await CommandRun.run(["status"], at: service)
                #expect(status.exit.status == 0, "\(status)")
                let lines = status.output.split(separator: "\n").map(String.init)
                #expect(lines.first?.hasSuffix(": healthy") == true, "\(status.output)")
                #expect(status.output.contains("last minute: 2 requests, 1 failed"), "\(status.output)")
                let rows = lines.map { $0.split(separator: " ").map(String.init) }
                #expect(rows.contains { $0.starts(with: ["local", "ollama", "up"]) }, "\(status.output)")
                #expect(rows.contains { $0.first == "smollm2:latest" && $0.last == "local" }, "\(status.output)")
                #expect(rows.contains { $0.starts(with: ["chat", "0/1000", "0/4", "1"]) }, "\(status.output)")
                #expect(rows.contains(["search", "0", "0", "2", "1", "\(Self.tokens(status.output))"]))
                #expect(rows.contains { $0.starts(with: ["wrong-one", "model_not_found", "search"]) })
            }
        }

        private static func tokens(_ output: String) -> String {
            let row = output.split(separator: "\n").last { $0.hasPrefix("search ") }
            return row?.split(separator: " ").last.map(String.init) ?? "?"
        }

        @Test("For programs it is one JSON object; without any engine it is status 1, and says what to do")
        func statusForPrograms() async throws {
            try await ServiceUnderTest.run(.init(engineURL: "http://127.0.0.1:1")) { service in
                try await eventually("the engine to be seen down") {
                    try await service.client.get("/api/v1/system/engines").json?[0]?["state"] == "down"
                }
                let status = try await CommandRun.run(["status", "--json"], at: service)
                #expect(status.exit.status == 1 && status.error.contains("doctor"), "\(status)")
                let state = try JSON(parsing: status.output)
                #expect(state["status"] == "unhealthy" && state["models"]?.elements.isEmpty == true)
                #expect(state["engines"]?[0]?["state"] == "down", "\(state)")
                let text = try await CommandRun.run(["status"], at: service)
                #expect(text.output.contains("engine_unreachable") && text.output.contains("ollama pull"), "\(text)")
            }
        }

        @Test("What runs and waits is seen while it does, as a table and as lines of JSON")
        func top() async throws {
            try await Stage.ollama({
                $0.parallel = 1
                $0.profile = .init(tokenPace: .milliseconds(100), tokenCount: 10_000)
            }) { service, _ in
                var connections: [Connection] = []
                for number in 0..<2 {
                    let connection = try await Connection.open(port: service.port)
                    connections.append(connection)
                    let headers: HTTPHeaders = ["X-Project-Name": "p\(number)", "X-Request-ID": "r\(number)"]
                    _ = try await connection.send(
                        .POST,
                        "/api/v1/chat",
                        headers: headers,
                        body: Array(Stage.chat(stream: true).description.utf8)
                    )
                    try await eventually("request \(number) on its way") {
                        let list = try await service.client.get("/api/v1/queue/requests").json?["requests"]
                        return list?.elements.count == number + 1 && list?[0]?["phase"] == "decoding"
                    }
                }
                try await eventually("both in one state") {
                    let once = try await CommandRun.run(["top", "--once"], at: service)
                    #expect(once.exit.status == 0, "\(once)")
                    let rows = once.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
                    return rows.contains { $0.starts(with: ["r0", "p0", "normal"]) && $0.contains("decoding") }
                        && rows.contains { $0.starts(with: ["r1", "p1", "normal"]) && $0.contains("queued") }
                        && rows.contains { $0.starts(with: ["p1", "1", "0"]) }
                }
                let json = try await CommandRun.run(["top", "--once", "--json"], at: service)
                #expect(try JSON(parsing: json.output)["request_count"] == 2, "\(json)")
                for connection in connections { await connection.close() }
            }
        }

        @Test("Models are listed, loaded, pinned, unpinned and unloaded; what cannot be is refused with its reason")
        func models() async throws {
            try await Stage.ollama { service, _ in
                try await untilReady(service)
                func run(_ arguments: String...) async throws -> CommandRun {
                    try await CommandRun.run(["models"] + arguments, at: service)
                }
                let loaded = try await run("load", "smollm2")
                #expect(loaded.exit.status == 0 && loaded.output.hasPrefix("loaded smollm2 on local in"), "\(loaded)")
                let pinned = try await run("pin", "smollm2", "--engine", "local")
                #expect(pinned.exit.status == 0 && pinned.output.hasPrefix("pinned smollm2 on local"), "\(pinned)")
                let list = try await run("list")
                let first = list.output.split(separator: "\n").dropFirst().first.map(String.init) ?? ""
                #expect(first.hasPrefix("smollm2:latest") && first.hasSuffix("local (pinned)"), "\(list.output)")
                let refused = try await run("unload", "smollm2")
                #expect(refused.exit.status == 4 && refused.error.contains("pinned"), "\(refused)")
                #expect(try await run("unpin", "smollm2").output == "unpinned smollm2 on local\n")
                #expect(try await run("unload", "smollm2").output == "unloaded smollm2 on local\n")
                let json = try JSON(parsing: try await run("list", "--json").output)
                #expect(json["models"]?.elements.isEmpty == false && json["loaded"]?.elements.isEmpty == true)
                let unknown = try await run("load", "nothing/of:the-kind")
                #expect(unknown.exit.status == 4 && unknown.error.contains("(404)"), "\(unknown)")
                let nowhere = try await run("load", "smollm2", "--engine", "no where")
                #expect(nowhere.exit.status == 4 && nowhere.error.contains("(404)"), "\(nowhere)")
            }
        }

        @Test("Usage comes as a table, as CSV and as JSON, by day, model and project, and since a time")
        func usage() async throws {
            try await Stage.ollama({ $0.profile = .init(tokenCount: 3) }) { service, _ in
                try await untilReady(service)
                for project in ["mail", "search", "search"] {
                    let headers: HTTPHeaders = ["X-Project-Name": project]
                    _ = try await service.client.post("/api/v1/generate", Stage.body(), headers: headers)
                }
                func run(_ arguments: String...) async throws -> CommandRun {
                    try await CommandRun.run(["usage"] + arguments, at: service)
                }
                let table = try await run("--by", "project")
                let rows = table.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
                #expect(rows.contains { $0.starts(with: ["search", "2", "2", "0", "0"]) }, "\(table)")
                #expect(rows.last?.starts(with: ["total", "3", "3", "0", "0"]) == true, "\(table)")
                let csv = try await run("--by", "model", "--format", "csv", "--project", "mail", "--since", "1h")
                let lines = csv.output.components(separatedBy: "\r\n")
                #expect(
                    lines.count == 3 && lines[0].hasPrefix("model,requests,")
                        && lines[1].hasPrefix("smollm2:latest,1,1,")
                )
                let json = try JSON(parsing: try await run("--json", "--since", "2020-01-31").output)
                #expect(json["by"] == "day" && json["total"]?["completion_tokens"] == 9, "\(json)")
                let future = try await run("--format", "json", "--until", "2020-01-31T10:00:00.5Z")
                #expect(try JSON(parsing: future.output)["total"]?["requests"] == 0)
                let wrong = try await run("--since", "yesterday")
                #expect(wrong.exit.status == 2 && wrong.error.contains("yesterday"), "\(wrong)")
                let unknown = try await run("--by", "hour")
                #expect(unknown.exit.status == 2, "\(unknown)")
            }
        }

        @Test("Without a service every one of them is status 3 and says where it looked")
        func unreachable() async throws {
            let commands = [
                ["status"], ["top", "--once"], ["models", "list"], ["usage"], ["chat", "hi"], ["generate", "hi"],
            ]
            for command in commands {
                let run = try await CommandRun.run(command + ["--url", "127.0.0.1:1"])
                #expect(run.exit.status == 3 && run.error.contains("http://127.0.0.1:1"), "\(run)")
            }
        }
    }
}
