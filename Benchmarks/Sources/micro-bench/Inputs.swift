import Application
import Domain
import Synchronization

/// What the benchmarks have in common: texts as clients and engines send them, and a clock without a machine behind it.
enum Inputs {
    /// The body of a chat as Ollama's client for Python sends it.
    static let ollamaChat = Array(
        #"""
        {"model":"llama3.2:3b","stream":true,"options":{"temperature":0.2,"num_predict":256},"messages":[{"role":"system",\#
        "content":"You are a helpful assistant. Answer briefly."},{"role":"user","content":"Why is the sky blue? Explain \#
        it in two sentences, as you would to a child of \"ten\".\nThank you."}],"tools":[],"format":"","keep_alive":"5m"}
        """#.utf8
    )

    /// The body of a chat with a tool as OpenAI's client for Python sends it.
    static let openAIChat = Array(
        #"""
        {"messages":[{"role":"system","content":"You are a helpful assistant. Answer briefly."},{"role":"user","content":\#
        [{"type":"text","text":"What is the weather like in Paris today? Answer in one sentence."}]}],"model":\#
        "llama3.2:3b","max_tokens":256,"seed":7,"stream":true,"stream_options":{"include_usage":true},"temperature":0.2,\#
        "tools":[{"type":"function","function":{"name":"get_weather","description":"Gets the weather of a city.",\#
        "parameters":{"type":"object","properties":{"city":{"type":"string","description":"The city's name"},"unit":\#
        {"type":"string","enum":["celsius","fahrenheit"]}},"required":["city"]}}}],"tool_choice":"auto","top_p":0.9}
        """#.utf8
    )

    /// One token as an Ollama tells it, without the line's end.
    static let token = Array(
        #"""
        {"model":"llama3.2:3b","created_at":"2026-11-21T02:07:19.033180004Z","message":{"role":"assistant","content":\#
        " scattered"},"done":false}
        """#.utf8
    )

    /// The figures at an answer's end.
    static let summary = GenerationSummary(
        usage: TokenUsage(promptTokens: 301, completionTokens: 120, cachedTokens: 256),
        timings: EngineTimings(generation: .microseconds(1_820_000)),
        reason: .stop
    )

    /// The model that everybody asks for.
    static var model: ModelName { get throws { try ModelName("llama3.2:3b") } }

    /// A hundred projects, each with limits that are never reached.
    static var projects: [Project] {
        get throws {
            try (0..<100).map {
                Project(
                    name: try ProjectName("project-\($0)"),
                    requestsPerMinute: 1_000_000_000,
                    tokensPerMinute: 1_000_000_000_000,
                    tokensPerDay: 1_000_000_000_000
                )
            }
        }
    }
}

/// A clock that goes on by a millisecond whenever it is asked.
final class SteppingClock: ServiceClock {
    private let milliseconds = Atomic<Int64>(0)

    var now: MonotonicInstant {
        MonotonicInstant(nanoseconds: self.milliseconds.add(1, ordering: .relaxed).newValue * 1_000_000)
    }

    let wallTime = RequestRecord.sampleTime

    func sleep(for duration: Duration) async throws {}
}
