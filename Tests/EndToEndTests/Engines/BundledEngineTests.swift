import Foundation
import Testing

private let bundledEngine = ProcessInfo.processInfo.environment["SHARED_OLLAMA_TEST_DATA_DIR"].map {
    "\($0)/bundled-engine"
}

extension EndToEnd {
    @Suite("The bundled engine with its real model", .heavy, .enabled(if: bundledEngine != nil, "it is not installed"))
    struct BundledEngine {
        @Test("On a machine without Ollama a chat is answered by a real model, and the health says which")
        func answers() async throws {
            let machine = try await StandInMachine()
            defer { machine.remove() }
            var settings = machine.settings(hasBinary: false)
            settings.bundledEngine = bundledEngine
            try await ServiceUnderTest.run(settings) { service in
                try await untilReady(service)
                let answer = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat(nil, ["max_tokens": 24, "temperature": 0])
                )
                #expect(answer.status == 200)
                #expect(answer.header("X-Engine") == "bundled")
                let content = answer.json?["message"]?["content"]?.string ?? ""
                #expect(content.split(separator: " ").count >= 3, "\(content)")
                let engine = try #require(try await service.client.get("/health").json?["engines"]?[0])
                #expect(engine["bundled"] == true && engine["models_loaded"] == ["smollm2:135m"])
                try await service.log.wait(for: "small bundled model") {
                    $0.contains { $0.text.contains("small bundled model") }
                }
            }
        }

        @Test(
            "A tool that must be called is called by a model that knows none, with arguments as its schema has them",
            arguments: [1, 2]
        )
        func callsTool(count: Int) async throws {
            let machine = try await StandInMachine()
            defer { machine.remove() }
            var settings = machine.settings(hasBinary: false)
            settings.bundledEngine = bundledEngine
            try await ServiceUnderTest.run(settings) { service in
                try await untilReady(service)
                let tools: JSON = .array((0..<count).map { Self.tool("set_lamp_\($0)") })
                let answer = try await service.client.post(
                    "/api/v1/chat",
                    Stage.chat(nil, ["tools": tools, "tool_choice": "required", "max_tokens": 96, "temperature": 0])
                )
                #expect(answer.status == 200, "\(answer)")
                #expect(answer.json?["done_reason"] == "tool_calls", "\(answer)")
                let call = try #require(answer.json?["message"]?["tool_calls"]?[0])
                #expect(call["id"]?.string?.hasPrefix("call_") == true)
                #expect((0..<count).contains { call["function"]?["name"] == .string("set_lamp_\($0)") })
                let arguments = try JSON(parsing: try #require(call["function"]?["arguments"]?.string))
                #expect(["red", "green", "blue"].contains(arguments["colour"]?.string), "\(arguments)")
                #expect((0...9).contains { arguments["level"] == .number(Double($0)) }, "\(arguments)")
            }
        }

        /// A tool whose parameters refer to definitions of their own.
        private static func tool(_ name: String) -> JSON {
            let colour: JSON = ["enum": ["red", "green", "blue"]]
            let level: JSON = ["type": "integer", "minimum": 0, "maximum": 9]
            let parameters: JSON = [
                "type": "object", "required": ["colour", "level"], "additionalProperties": false,
                "properties": ["colour": colour, "level": ["$ref": "#/$defs/level"]],
                "$defs": ["level": level],
            ]
            return [
                "type": "function",
                "function": ["name": .string(name), "description": "sets a lamp", "parameters": parameters],
            ]
        }

        @Test("The first frame of a stream arrives while the model is still writing")
        func streams() async throws {
            let machine = try await StandInMachine()
            defer { machine.remove() }
            var settings = machine.settings(hasBinary: false)
            settings.bundledEngine = bundledEngine
            try await ServiceUnderTest.run(settings) { service in
                try await untilReady(service)
                let answer = try await service.client.post(
                    "/api/v1/generate",
                    ["prompt": "Write a long story about a river.", "stream": true, "max_tokens": 120]
                )
                let frames = answer.frames
                let first = try #require(frames.first)
                let last = try #require(frames.last)
                #expect(frames.count > 20)
                #expect(last.isDone && last.json["error"] == nil)
                #expect(last.at - first.at > .milliseconds(50))
            }
        }

        @Test("It steps in beside an Ollama without a model that can chat, and leaves when one appears")
        func stepsIn() async throws {
            let machine = try await StandInMachine()
            defer { machine.remove() }
            try machine.control("STAND_IN_MODELS=all-minilm\n")
            var settings = machine.settings()
            settings.bundledEngine = bundledEngine
            try await ServiceUnderTest.run(settings) { service in
                try await eventually("answer of the bundled engine", within: .seconds(180)) {
                    try await service.client.post("/api/v1/chat", Stage.chat(nil, ["max_tokens": 4])).status == 200
                }
                try machine.control("STAND_IN_MODELS=smollm2\n")
                kill(try #require(machine.lastProcess), SIGTERM)
                try await eventually("only the Ollama", within: .seconds(120)) {
                    let engines = try await service.client.get("/health").json?["engines"]
                    return engines?[0]?["state"] == "up" && engines?[1] == nil
                }
                let answer = try await service.client.post("/api/v1/chat", Stage.chat(nil, ["max_tokens": 4]))
                #expect(answer.header("X-Engine") == "local")
            }
        }
    }
}
