import OllamaTestDouble
import Testing

extension EndToEnd {
    @Suite("Every dialect before every kind of engine", .light)
    struct DialectTable {
        /// One cell of the table.
        struct Cell: Sendable, CustomTestStringConvertible {
            let dialect: Dialect
            let flavour: EngineFlavour
            let wish: Dialect.Wish

            var testDescription: String {
                "\(self.wish.rawValue) in \(self.dialect.rawValue) before \(self.flavour.testDescription)"
            }
        }

        private static let cells = Dialect.allCases.flatMap { dialect in
            EngineFlavour.allCases.flatMap { flavour in
                Dialect.Wish.allCases.filter { dialect.has($0) }.map {
                    Cell(dialect: dialect, flavour: flavour, wish: $0)
                }
            }
        }

        private static let text = "Paris \"is\"\nsunny 👋"

        @Test("has text, tools, thinking and structured output, streamed and not", arguments: cells)
        func cell(_ cell: Cell) async throws {
            try await Self.stage(cell) { service, model in
                for stream in [false, true] {
                    let body = cell.dialect.body(cell.wish, model: model, stream: stream)
                    let answer = try await service.client.post(cell.dialect.path, body)
                    #expect(answer.status == 200 && answer.isComplete, "\(answer)")
                    let said = try cell.dialect.read(answer, stream: stream)
                    Self.check(said, cell, "stream \(stream): \(answer)")
                }
            }
        }

        @Test("hands a call and its result to the engine as every other does", arguments: EngineFlavour.allCases)
        func conversation(flavour: EngineFlavour) async throws {
            var upstream: [String: JSON] = [:]
            for dialect in Dialect.allCases {
                let cell = Cell(dialect: dialect, flavour: flavour, wish: .afterTool)
                try await Self.stage(cell) { service, engine, model in
                    let body = dialect.body(.afterTool, model: model, stream: false)
                    let answer = try await service.client.post(dialect.path, body)
                    #expect(answer.status == 200, "\(answer)")
                    upstream[dialect.rawValue] = Self.essence(engine.lastInference)
                }
            }
            let first = try #require(upstream["native"])
            for (dialect, messages) in upstream { #expect(messages == first, "\(dialect)") }
        }

        /// The messages of a request, without what one dialect says and another leaves out.
        private static func essence(_ request: JSON) -> JSON {
            .array(
                (request["messages"]?.elements ?? []).map { message in
                    let function = message["tool_calls"]?[0]?["function"]
                    let arguments = function?["arguments"]
                    return [
                        "role": message["role"] ?? .null, "content": .string(message["content"]?.string ?? ""),
                        "tool": function?["name"] ?? .null,
                        "arguments": arguments?.string.flatMap { try? JSON(parsing: $0) } ?? arguments ?? .null,
                        "result_of": message["tool_name"] ?? message["name"] ?? .null,
                    ]
                }
            )
        }

        private static func check(_ said: Dialect.Said, _ cell: Cell, _ report: String) {
            let comment = Comment(rawValue: report)
            switch cell.wish {
            case .text, .afterTool:
                #expect(said == Dialect.Said(text: Self.text, reason: "stop"), comment)
            case .tool, .forcedTool:
                #expect(said.tool == "get_weather" && said.reason == "tools" && said.text.isEmpty, comment)
                #expect(said.arguments?["city"]?.string != nil, comment)
            case .thinking:
                #expect(said.thinking == "The capital of France is Paris.\n", comment)
                #expect(said.text == Self.text && said.reason == "stop", comment)
            case .schema:
                let place = try? JSON(parsing: said.text)
                #expect(place?["city"]?.string != nil, comment)
                #expect(said.reason == "stop", comment)
            }
        }

        private static func stage(
            _ cell: Cell,
            _ test: (ServiceUnderTest, String) async throws -> Void
        ) async throws {
            try await Self.stage(cell) { service, _, model in try await test(service, model) }
        }

        private static func stage(
            _ cell: Cell,
            _ test: (ServiceUnderTest, EngineDouble, String) async throws -> Void
        ) async throws {
            let profile =
                switch cell.wish {
                case .text, .afterTool, .thinking: GenerationProfile(text: Self.text, callsTools: false)
                case .tool: GenerationProfile(callsTools: true)
                // The output is constrained, and the model is not asked whether it would call.
                case .forcedTool, .schema: GenerationProfile(callsTools: false)
                }
            switch cell.flavour {
            case .ollama:
                let model = cell.wish == .thinking ? "smollm2-think" : "smollm2-tools"
                try await Stage.ollama({ $0.profile = profile }) { try await test($0, .ollama($1), model) }
            case .llama:
                try await Stage.llama({
                    $0.profile = profile
                    $0.thinks = cell.wish == .thinking
                }) { try await test($0, .llama($1), "smollm2") }
            }
        }
    }
}
