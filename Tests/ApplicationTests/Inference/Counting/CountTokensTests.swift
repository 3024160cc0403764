import Domain
import TestSupport
import Testing

@testable import Application

@Suite("Counting the tokens of a conversation")
struct CountTokensTests {
    private static let failure = ServiceError(.engineTimeout, "no word")

    private static func useCase(_ bench: Bench, _ measure: TokenMeasure = TokenMeasure()) -> CountTokensUseCase {
        CountTokensUseCase(
            resolver: ModelResolver(directory: bench.directory, monitor: bench.monitor, defaults: ModelDefaults()),
            directory: bench.directory,
            measure: measure
        )
    }

    private static func count(
        _ useCase: CountTokensUseCase,
        model: String = "smollm2",
        project: Project = Project(name: .default)
    ) async throws -> TokenCount {
        try await useCase.count(
            Bench.chatRequest(model: model),
            project: project,
            requestID: RequestID(generated: "r1")
        )
    }

    @Test("An engine's tokenizer is believed, and no slot is taken for it")
    func counted() async throws {
        let engine = ScriptedEngine()
        engine.answers(try Bench.report())
        engine.counts(.success(37))
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            // The only slot is in use, and stays so.
            engine.script([.hang])
            let pending = try await bench.chat.enter(Bench.chatRequest(), call: bench.call())
            async let opened = pending.open()
            let count = try await Self.count(Self.useCase(bench))
            #expect(count == TokenCount(tokens: 37, isEstimated: false))
            #expect(bench.recorder.records.isEmpty)
            pending.cancel(.callerLeft)
            _ = try? await opened
        }
    }

    @Test(
        "Where one engine cannot tell, another does",
        arguments: [Result<Int?, ServiceError>.success(nil), .failure(failure)]
    )
    func another(_ first: Result<Int?, ServiceError>) async throws {
        let engines = [ScriptedEngine(name: "first"), ScriptedEngine(name: "second")]
        for engine in engines { engine.answers(try Bench.report()) }
        engines[0].counts(first)
        engines[1].counts(.success(12))
        let bench = Bench(engines)
        try await bench.whileMonitoring {
            let count = try await Self.count(Self.useCase(bench))
            #expect(count == TokenCount(tokens: 12, isEstimated: false))
        }
    }

    @Test("Where no engine can tell, the model's measure says it, and that it is an estimate")
    func estimated() async throws {
        let engine = ScriptedEngine()
        engine.answers(try Bench.report())
        engine.counts(.failure(Self.failure))
        let bench = Bench([engine])
        let measure = TokenMeasure()
        measure.learn(try ModelName("smollm2"), bytes: 2000, tokens: 1000)
        try await bench.whileMonitoring {
            let count = try await Self.count(Self.useCase(bench, measure))
            #expect(count == TokenCount(tokens: 1, isEstimated: true))
        }
        let tool = try Tool(name: "weather", description: "tells", parameters: ["type": .string("object")])
        let call = ToolCall(id: "t1", name: "weather", arguments: "{}")
        let request = try ChatRequest(
            model: nil,
            messages: [
                ChatMessage(
                    role: .user,
                    content: "0123456789",
                    images: [try ImagePart(mediaType: "image/png", base64: "AAAA")]
                ),
                ChatMessage(role: .assistant, content: "", toolCalls: [call]),
            ],
            tools: [tool],
            options: GenerationOptions()
        )
        // Content, call, the tool's name, description and schema; and a picture.
        let bytes = 10 + (7 + 2) + 7 + 5 + #"{"type":"object"}"#.utf8.count
        #expect(Self.useCase(bench, measure).estimate(request, for: try ModelName("smollm2")) == (bytes + 1) / 2 + 1000)
    }

    @Test("A model that nobody has, or that the project may not use, has no tokens")
    func refused() async throws {
        let engine = ScriptedEngine()
        engine.answers(try Bench.report())
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let unknown = await #expect(throws: ServiceError.self) {
                try await Self.count(Self.useCase(bench), model: "no")
            }
            #expect(unknown?.code == .modelNotFound)
            var project = Project(name: .default)
            project.models = ["llama*"]
            let refused = await #expect(throws: ServiceError.self) {
                try await Self.count(Self.useCase(bench), project: project)
            }
            #expect(refused?.code == .modelNotAllowed)
        }
    }
}
