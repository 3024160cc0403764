import Application
import Domain
import NIOCore
import TestSupport
import Testing

@testable import Infrastructure

@Suite("What is read of bytes that pass through")
struct RelayMeterTests {
    private static let figures =
        #""total_duration":100,"load_duration":5,"prompt_eval_count":31,"prompt_eval_duration":40,"eval_count":4,"eval_duration":50}"#
    private static let stream =
        #"{"model":"m","message":{"role":"assistant","content":"a \"done\":true b"},"done":false}"# + "\n"
        + #"{"model":"m","message":{"role":"assistant","content":"é"},"done":false}"# + "\n"
        + #"{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"length","# + figures
        + "\n"

    private static func read(_ operation: Application.Operation, _ pieces: [[UInt8]]) -> RelayMeter {
        var meter = RelayMeter(operation)
        for piece in pieces { meter.read(ByteBuffer(bytes: piece)) }
        meter.finish()
        return meter
    }

    @Test("A stream's pieces are counted and its figures are read, wherever it is cut")
    func everyCut() {
        let bytes = Array(Self.stream.utf8)
        for cut in bytes.indices {
            let meter = Self.read(.chat, [Array(bytes[..<cut]), Array(bytes[cut...])])
            #expect(meter.progress.pieces == 2, "cut at \(cut)")
            #expect(meter.progress.summary?.usage == TokenUsage(promptTokens: 31, completionTokens: 4))
            #expect(meter.progress.summary?.reason == .length && meter.failure == nil)
            #expect(meter.progress.summary?.timings.generation == .nanoseconds(50))
        }
    }

    @Test("An answer that is not streamed has its figures at its end, behind a long text and a long context")
    func whole() {
        let context = (0..<100_000).map(String.init).joined(separator: ",")
        let said = String(repeating: "word ", count: 500_000)
        let text =
            #"{"model":"m","response":"\#(said)","done":true,"done_reason":"stop","context":[\#(context)],"#
            + Self.figures
        let bytes = Array(text.utf8)
        let pieces = stride(from: 0, to: bytes.count, by: 65_536).map {
            Array(bytes[$0..<min($0 + 65_536, bytes.count)])
        }
        #expect(Self.read(.generate, pieces).progress.summary?.usage.completionTokens == 4)
    }

    @Test("Vectors are followed by their figures, or by none", arguments: [true, false])
    func vectors(hasFigures: Bool) {
        let end = hasFigures ? #","total_duration":9,"load_duration":1,"prompt_eval_count":6}"# : "}"
        let text = #"{"model":"m","embeddings":[[0.1,-2e-3],[1]]"# + end
        let meter = Self.read(.embed, [Array(text.utf8)])
        #expect(meter.progress.summary?.usage.promptTokens == (hasFigures ? 6 : 0))
    }

    @Test("An engine that says that it failed has not come to its end")
    func failure() {
        let text =
            #"{"model":"m","response":"a","done":false}"# + "\n"
            + #"{"error":"an error was encountered while running the model: unexpected EOF"}"# + "\n"
        let meter = Self.read(.generate, [Array(text.utf8)])
        #expect(meter.progress.pieces == 1 && meter.progress.summary == nil)
        #expect(meter.failure == "an error was encountered while running the model: unexpected EOF")
    }

    @Test("Bytes of any kind are only counted")
    func anything() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                [0x0A, 0x7B, 0x22, 0x64, 0x5D, 0x7D].randomElement(using: &random) ?? UInt8(0)
            }
            _ = Self.read(.chat, [bytes])
            _ = Self.read(.embed, [bytes])
        }
    }
}
