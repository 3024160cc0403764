import Domain
import NIOCore
import TestSupport
import Testing

@testable import Infrastructure

@Suite("Engine streams under fire", .enabled(if: LongRun.isWanted))
struct EngineStreamFuzzLongTests {
    private static let response =
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "b\r\n{\"done\":fal\r\n4;x=y\r\nse}\n\r\n0\r\nTrailer: x\r\n\r\n"
    private static let lines = [
        #"{"model":"m","message":{"role":"assistant","content":"a\u00e9"},"done":false}"#,
        #"{"message":{"tool_calls":[{"function":{"name":"f","arguments":{"x":1}}}]},"done":true,"eval_count":3}"#,
        #"data: {"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}"#,
        #"data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}}]}"#,
        "data: [DONE]", ": comment", "",
    ]

    @Test("A response that is cut anywhere and mutated is decoded or refused, and never crashes")
    func decodesResponses() async {
        await LongRun.repeating { seed in
            var random = SeededRandom(seed: seed)
            for _ in 0..<100 {
                var bytes = Array(Self.response.utf8)
                let whole = Self.decode(bytes, splits: [])
                #expect(Self.decode(bytes, splits: Self.splits(bytes.count, &random)) == whole, "seed \(seed)")
                for _ in 0...Int.random(in: 0..<4, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                // A mutated response has one meaning, however it arrives.
                let expected = Self.decode(bytes, splits: [])
                #expect(Self.decode(bytes, splits: Self.splits(bytes.count, &random)) == expected, "seed \(seed)")
            }
        }
    }

    @Test("Mutated lines give events or an error, and never crash")
    func decodesLines() async {
        await LongRun.repeating { seed in
            var random = SeededRandom(seed: seed)
            for _ in 0..<200 {
                var ollama = OllamaLineDecoder(callIDPrefix: "r")
                var openAI = OpenAIChunkDecoder()
                var events: [GenerationEvent] = []
                for _ in 0..<4 {
                    var line = Array((Self.lines.randomElement(using: &random) ?? "").utf8)
                    for _ in 0..<Int.random(in: 0..<3, using: &random) where !line.isEmpty {
                        line[Int.random(in: 0..<line.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                    }
                    try? ollama.decode(line, in: 0..<line.count, into: &events)
                    try? openAI.decode(line, in: 0..<line.count, into: &events)
                }
                for case .text(let text) in events {
                    // Whatever passes goes into our own JSON as it is: it has to be valid there.
                    let quoted = [UInt8(ascii: "\"")] + text.escaped + [UInt8(ascii: "\"")]
                    #expect((try? JSONParser.parse(quoted)) != nil, "seed \(seed)")
                }
            }
        }
    }

    private static func splits(_ count: Int, _ random: inout SeededRandom) -> [Int] {
        (0..<Int.random(in: 0..<8, using: &random)).map { _ in Int.random(in: 0...count, using: &random) }.sorted()
    }

    /// What a response says: status, body, and how it ended.
    private static func decode(_ bytes: [UInt8], splits: [Int]) -> [String] {
        var decoder = ResponseDecoder()
        var heads: [String] = []
        // Bytes, not text: a cut may go through the middle of a character.
        var body: [UInt8] = []
        var start = 0
        func said(_ end: String) -> [String] { heads + ["\(body)", end] }
        do {
            for end in splits + [bytes.count] {
                var piece = ByteBuffer(bytes: bytes[start..<end])
                decoder.append(&piece)
                while let part = try decoder.next() {
                    switch part {
                    case .head(let head): heads.append("\(head.status) \(head.contentType ?? "-")")
                    case .body(let bytes): body += Array(bytes.readableBytesView)
                    case .end: return said("end")
                    }
                }
                start = end
            }
            return said(try decoder.close() == .end ? "end" : "open")
        } catch {
            return said("refused")
        }
    }
}
