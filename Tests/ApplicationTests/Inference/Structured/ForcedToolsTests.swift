import Domain
import TestSupport
import Testing

@testable import Application

@Suite("A tool that must be called")
struct ForcedToolsTests {
    private static func json(_ text: String) throws -> JSONObject {
        try #require(try JSONParser.parse(Array(text.utf8)).object)
    }

    private static func tool(_ name: String, _ parameters: String?) throws -> Tool {
        try Tool(name: name, description: "does \(name)", parameters: try parameters.map { try Self.json($0) })
    }

    private static func request(
        _ choice: ToolChoice,
        _ tools: [Tool],
        messages: [ChatMessage]? = nil
    ) throws -> ChatRequest {
        try ChatRequest(
            model: try ModelName("smollm2"),
            messages: try messages ?? [ChatMessage(role: .user, content: "hi")],
            tools: tools,
            toolChoice: choice,
            options: GenerationOptions()
        )
    }

    private static func schema(of request: ChatRequest) throws -> JSONSchema {
        guard case .schema(let schema) = request.options.format else {
            throw ServiceError(.internal, "no schema")
        }
        return schema
    }

    private static let city = #"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#

    @Test("is bound by a schema of its own, and engines see neither tools nor choice")
    func one() throws {
        let forced = try ForcedTools.request(for: Self.request(.required, [Self.tool("weather", Self.city)]))
        #expect(forced.tools.isEmpty && forced.toolChoice == .auto)
        #expect(
            try JSONValue.object(Self.schema(of: forced).source).text
                == #"{"type":"object","properties":{"name":{"const":"weather"},"arguments":\#(Self.city)},"#
                + #""required":["name","arguments"],"additionalProperties":false}"#
        )
        #expect(forced.messages.map(\.role) == [.system, .user])
        #expect(
            forced.messages[0].content.contains(
                #"{"name":"weather","description":"does weather","parameters":\#(Self.city)}"#
            )
        )
    }

    @Test("of several is one of them, with its own arguments; one that takes none takes an object")
    func several() throws {
        let tools = [try Self.tool("weather", Self.city), try Self.tool("time", nil)]
        let forced = try ForcedTools.request(for: Self.request(.required, tools))
        let schema = try Self.schema(of: forced)
        #expect(schema.source.members.map(\.key) == ["anyOf"])
        for (text, isValid) in [
            (#"{"name":"weather","arguments":{"city":"Paris"}}"#, true), (#"{"name":"time","arguments":{}}"#, true),
            (#"{"name":"weather","arguments":{}}"#, false), (#"{"name":"other","arguments":{}}"#, false),
            (#"{"name":"time"}"#, false), (#"{"name":"time","arguments":[]}"#, false),
            (#"{"name":"time","arguments":{},"more":1}"#, false),
        ] {
            #expect(schema.validate(.object(try Self.json(text))).isEmpty == isValid, "\(text)")
        }
    }

    @Test("by name is the only one that is shown")
    func named() throws {
        let tools = [try Self.tool("weather", Self.city), try Self.tool("time", nil)]
        let forced = try ForcedTools.request(for: Self.request(.named("time"), tools))
        #expect(forced.messages[0].content.contains("\"time\"") && !forced.messages[0].content.contains("weather"))
        #expect(
            try Self.schema(of: forced).source["properties"]?.object?["name"] == .object(["const": .string("time")])
        )
    }

    @Test("Where none may be called, none is shown and nothing is bound")
    func none() throws {
        let forced = try ForcedTools.request(for: Self.request(.none, [Self.tool("weather", Self.city)]))
        #expect(forced.tools.isEmpty && forced.options.format == nil && forced.messages.map(\.role) == [.user])
    }

    @Test("is described behind what the caller's own system message says")
    func systemMessage() throws {
        let messages = [
            try ChatMessage(role: .system, content: "be brief"), try ChatMessage(role: .user, content: "hi"),
        ]
        let forced = try ForcedTools.request(for: Self.request(.required, [Self.tool("time", nil)], messages: messages))
        #expect(forced.messages.map(\.role) == [.system, .user])
        #expect(forced.messages[0].content.hasPrefix("be brief\n\n"))
    }

    @Test("wins over a format")
    func format() throws {
        var request = try Self.request(.required, [Self.tool("time", nil)])
        request.options.format = .json
        #expect(try ForcedTools.request(for: request).options.format != .json)
    }

    @Test("may refer to its own definitions, and to itself")
    func references() throws {
        let parameters = ##"""
            {"type":"object","properties":{"node":{"$ref":"#/$defs/node"},"again":{"$ref":"#"}},"required":["node"],
            "$defs":{"node":{"type":"object","properties":{"next":{"$ref":"#/$defs/node"},"value":{"type":"integer"}}}}}
            """##
        let tools = [try Self.tool("a", parameters), try Self.tool("b", parameters)]
        let schema = try Self.schema(of: ForcedTools.request(for: Self.request(.required, tools)))
        #expect(!JSONValue.object(schema.source).text.contains(##""$ref":"#""##))
        for (text, isValid) in [
            (#"{"node":{"next":{"next":{"value":1}}}}"#, true), (#"{"node":{"next":{"next":{"value":"1"}}}}"#, false),
            (#"{"node":{},"again":{"node":{"value":1}}}"#, true), (#"{"node":{},"again":{}}"#, false),
        ] {
            for name in ["a", "b"] {
                let call: JSONObject = ["name": .string(name), "arguments": .object(try Self.json(text))]
                #expect(schema.validate(.object(call)).isEmpty == isValid, "\(text)")
            }
        }
    }

    @Test("with parameters that are no schema is refused where they stand; keywords for others are not")
    func wrongParameters() throws {
        let tools = [try Self.tool("a", nil), try Self.tool("b", #"{"properties":{"x":{"minimum":"1"}}}"#)]
        let error = #expect(throws: ServiceError.self) { try ForcedTools.request(for: Self.request(.required, tools)) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.faults.map(\.pointer) == ["/tools/1/function/parameters/properties/x/minimum"])
        let lenient = try Self.tool("a", #"{"propertyNames":{"maxLength":3},"not":{"required":["b"]}}"#)
        #expect(throws: Never.self) { try ForcedTools.request(for: Self.request(.required, [lenient])) }
    }

    @Test("is told as a call, whole, in answers and in streams", arguments: [false, true])
    func called(isStreamed: Bool) async throws {
        let engine = ScriptedEngine(script: Bench.answer(#" {"name":"weather","arguments":{"city":"Paris"}}"#))
        engine.answers(try Bench.report())
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let request = try Self.request(.required, [Self.tool("weather", Self.city)])
            let exchange = try await bench.chat.open(request, call: bench.call(isStreamed: isStreamed))
            let result = try await exchange.collect()
            #expect(result.text.isEmpty)
            #expect(
                result.toolCalls == [
                    ToolCall(id: "call_000000000000000000000001", name: "weather", arguments: #"{"city":"Paris"}"#)
                ]
            )
            #expect(result.summary.reason == .toolCalls)
            exchange.complete()
        }
        guard case .chat(let asked) = engine.asked.first?.work else {
            Issue.record("nothing asked")
            return
        }
        #expect(asked.tools.isEmpty && asked.toolChoice == .auto && asked.options.format != nil)
        #expect(bench.recorder.records.map(\.ending) == [.completed])
    }

    @Test("is asked for once more where the model's words are no call, also in a stream", arguments: [false, true])
    func repaired(isStreamed: Bool) async throws {
        let engine = ScriptedEngine()
        engine.script(Bench.answer("Sunny."), Bench.answer(#"{"name":"weather","arguments":{"city":"Oslo"}}"#))
        engine.answers(try Bench.report())
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let request = try Self.request(.named("weather"), [Self.tool("weather", Self.city)])
            let exchange = try await bench.chat.open(request, call: bench.call(isStreamed: isStreamed))
            #expect(try await exchange.collect().toolCalls.map(\.arguments) == [#"{"city":"Oslo"}"#])
            exchange.complete()
        }
        #expect(engine.opened.count == 2)
    }

    @Test("but was cut by the caller's limit is no call, and the reason says so")
    func cut() async throws {
        let engine = ScriptedEngine(script: Bench.answer(#"{"name":"weather","argu"#, .length))
        engine.answers(try Bench.report())
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let request = try Self.request(.required, [Self.tool("weather", Self.city)])
            let exchange = try await bench.chat.open(request, call: bench.call())
            let result = try await exchange.collect()
            #expect(result.toolCalls.isEmpty && result.text.isEmpty && result.summary.reason == .length)
            exchange.complete()
        }
        #expect(engine.opened.count == 1)
    }
}
