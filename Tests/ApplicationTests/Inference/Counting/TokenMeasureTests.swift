import Domain
import Testing

@testable import Application

@Suite("How many bytes a token is")
struct TokenMeasureTests {
    private static let model = try? ModelName("smollm2")

    private static func record(bytes: Int, tokens: Int, queue: RequestQueue = .chat) -> RequestRecord {
        usageRecord {
            $0.model = self.model
            $0.queue = queue
            $0.promptBytes = bytes
            $0.usage = TokenUsage(promptTokens: tokens, completionTokens: 1)
        }
    }

    @Test("A model that nobody has measured has four bytes a token, and every text is at least one token")
    func standard() throws {
        let measure = TokenMeasure()
        let model = try #require(Self.model)
        #expect(measure.bytesPerToken(of: model) == 4)
        #expect(measure.tokens(ofBytes: 400, for: model) == 100 && measure.tokens(ofBytes: 401, for: model) == 101)
        #expect(measure.tokens(ofBytes: 0, for: model) == 1)
    }

    @Test("Prompts that an engine has counted measure their model, whatever its spelling, and no other")
    func measured() throws {
        let measure = TokenMeasure()
        measure.record(Self.record(bytes: 3000, tokens: 1000))
        #expect(measure.bytesPerToken(of: try ModelName("SmolLM2:latest")) == 3)
        #expect(measure.tokens(ofBytes: 300, for: try ModelName("smollm2")) == 100)
        #expect(measure.bytesPerToken(of: try ModelName("other")) == 4)
    }

    @Test("A prompt weighs as much as it is long, and what came last counts most")
    func weights() throws {
        let measure = TokenMeasure()
        let model = try #require(Self.model)
        measure.record(Self.record(bytes: 8000, tokens: 2000))
        measure.record(Self.record(bytes: 1000, tokens: 500))
        #expect(measure.bytesPerToken(of: model) == (7000.0 + 1000) / (1750 + 500))
        for _ in 0..<100 { measure.record(Self.record(bytes: 1000, tokens: 500)) }
        #expect(abs(measure.bytesPerToken(of: model) - 2) < 0.001)
    }

    @Test("What says nothing of a model's tokens is not learnt")
    func ignored() throws {
        let measure = TokenMeasure()
        measure.record(Self.record(bytes: 255, tokens: 200))
        measure.record(Self.record(bytes: 3000, tokens: 1000, queue: .vlm))
        measure.record(Self.record(bytes: 30_000, tokens: 2050))
        measure.record(Self.record(bytes: 300, tokens: 400))
        measure.record(Self.record(bytes: 3000, tokens: 0))
        measure.record(usageRecord { $0.promptBytes = 3000 })
        #expect(measure.bytesPerToken(of: try #require(Self.model)) == 4)
    }

    @Test("It holds a bounded number of models")
    func bounded() throws {
        let measure = TokenMeasure()
        for number in 0..<1001 { measure.learn(try ModelName("m\(number)"), bytes: 3000, tokens: 1000) }
        #expect(measure.bytesPerToken(of: try ModelName("m1000")) == 3)
        #expect(measure.bytesPerToken(of: try ModelName("m0")) == 4)
    }
}
