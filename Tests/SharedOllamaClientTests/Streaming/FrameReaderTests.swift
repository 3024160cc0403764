import Testing

@testable import SharedOllamaClient

@Suite("Frames of streams")
struct FrameReaderTests {
    private static let events =
        ": queued position=3 eta_ms=4200\n\n: something else\nevent: x\r\ndata: {\"chunk\":\"a\"}\r\n\r\n"
        + "data: {\"chunk\":\ndata: \"é😀\"}\n\nid: 1\n\ndata:{\"done\":true}\n\n"
    private static let lines = "{\"a\":1}\n\n{\"b\":\"é😀\"}\r\n{\"c\":true}"

    private static func frames(_ framing: StreamFraming, _ pieces: [ArraySlice<UInt8>]) throws -> [FrameReader.Frame] {
        var reader = FrameReader(framing, limit: 1000)
        var frames: [FrameReader.Frame] = []
        for piece in pieces { try reader.take(piece, to: &frames) }
        try reader.finish(to: &frames)
        return frames
    }

    @Test("are the same wherever the pieces of the stream begin and end")
    func splits() throws {
        let expected: [(StreamFraming, String, [FrameReader.Frame])] = [
            (
                .events, Self.events,
                [
                    .queued(QueuePlace(position: 3, estimatedWait: .milliseconds(4200))), .value(["chunk": "a"]),
                    .value(["chunk": "é😀"]), .value(["done": true]),
                ]
            ),
            (.lines, Self.lines, [.value(["a": 1]), .value(["b": "é😀"]), .value(["c": true])]),
        ]
        for (framing, text, frames) in expected {
            let bytes = Array(text.utf8)
            #expect(try Self.frames(framing, bytes.map { [$0] }) == frames)
            for split in 0...bytes.count {
                #expect(try Self.frames(framing, [bytes[..<split], bytes[split...]]) == frames, "at \(split)")
            }
        }
    }

    @Test("that came before nonsense are told")
    func beforeNonsense() {
        var reader = FrameReader(.lines, limit: 1000)
        var frames: [FrameReader.Frame] = []
        #expect(throws: SharedOllamaError.self) { try reader.take(Array("1\n2\nnonsense\n3\n".utf8), to: &frames) }
        #expect(frames == [.value(1), .value(2)])
    }

    @Test("that have no end are given up", arguments: [StreamFraming.lines, .events])
    func endless(framing: StreamFraming) {
        var reader = FrameReader(framing, limit: 100)
        var frames: [FrameReader.Frame] = []
        let error = #expect(throws: SharedOllamaError.self) {
            for _ in 0..<3 { try reader.take(Array(repeating: 0x61, count: 50), to: &frames) }
        }
        #expect(error?.code == .answerTooLarge)
    }

    @Test("of many lines of data are given up as well")
    func endlessEvent() {
        var reader = FrameReader(.events, limit: 100)
        var frames: [FrameReader.Frame] = []
        let error = #expect(throws: SharedOllamaError.self) {
            for _ in 0..<20 { try reader.take(Array("data: 1234567890\n".utf8), to: &frames) }
        }
        #expect(error?.code == .answerTooLarge)
    }
}
