import Domain
import TestSupport
import Testing

@testable import Application
@testable import Infrastructure

@Suite("Lines that are like the one before")
struct TokenLineTests {
    private static let lines = [
        #"{"model":"m:1","created_at":"2026-11-21T02:07:19.033180004Z","message":{"role":"assistant","content":" a"},"done":false}"#,
        #"{"model":"m:1","created_at":"2026-11-21T02:07:19.1Z","message":{"role":"assistant","content":"\n\u00e9\"é"},"done":false}"#,
        #"{"model":"m:1","created_at":"2026-11-21T02:07:20Z","message":{"role":"assistant","content":""},"done":false}"#,
        #"{"model":"m:1","created_at":"","message":{"role":"assistant","content":"","thinking":"hm"},"done":false}"#,
        #"{"model":"m:1","created_at":"x","response":"b","done":false}"#,
        #"{"model":"m:1","created_at":"x","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{}}}]},"done":false}"#,
        #"{"model":"m:1","created_at":"x","message":{"role":"assistant","content":"c"},"logprobs":[{"token":"c"}],"done":false}"#,
        #"{"error":"it failed"}"#,
        #"{"model":"m:1","created_at":"x","message":{"role":"assistant","content":"d"},"done":true,"done_reason":"stop","eval_count":3}"#,
    ].map { Array($0.utf8) }

    /// What a decoder says of a line; nil if it refuses it.
    private func told(_ decoder: inout OllamaLineDecoder, _ line: [UInt8]) -> [String]? {
        var events: [GenerationEvent] = []
        do {
            try decoder.decode(line, in: 0..<line.count, into: &events)
        } catch {
            return nil
        }
        return events.map { "\($0)" }
    }

    @Test("The text of the next token is found without reading its line whole")
    func next() throws {
        let (first, second, empty) = (Self.lines[0], Self.lines[1], Self.lines[2])
        func text(_ line: [UInt8], _ key: String) throws -> JSONText {
            var (scanner, found) = (JSONScanner(line), nil as JSONText?)
            func read(_ scanner: inout JSONScanner, _ name: JSONText) throws {
                switch scanner.peek() {
                case UInt8(ascii: "{")?: try scanner.object { scanner, name in try read(&scanner, name) }
                case UInt8(ascii: "\"")?:
                    let value = try scanner.string()
                    if name.decoded == key { found = value }
                default: try scanner.skip()
                }
            }
            try scanner.object { scanner, name in try read(&scanner, name) }
            return try #require(found)
        }
        let known = try #require(
            try TokenLine(first, 0..<first.count, time: text(first, "created_at"), text: text(first, "content"))
        )
        #expect(known.text(second, 0..<second.count)?.decoded == "\n\u{e9}\"é")
        #expect(known.text(empty, 0..<empty.count)?.isEmpty == true)
        for other in Self.lines[3...] { #expect(known.text(other, 0..<other.count) == nil) }
        // Text before time is not known, and a line within a longer text is.
        let turned = try TokenLine(
            first,
            0..<first.count,
            time: text(first, "content"),
            text: text(first, "created_at")
        )
        #expect(turned == nil)
        let piece = Array("xx\n".utf8) + second + Array("\nyy".utf8)
        #expect(known.text(piece, 3..<(3 + second.count))?.decoded == "\n\u{e9}\"é")
    }

    @Test("Whatever the lines before were, a line says what it says by itself")
    func same() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        var decoder = OllamaLineDecoder(callIDPrefix: "r")
        for _ in 0..<20_000 {
            var line = Self.lines[Int.random(in: 0..<Self.lines.count, using: &random)]
            // Half of the lines are broken, or say something else.
            if Bool.random(using: &random) {
                let index = Int.random(in: 0..<line.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: line[index] = UInt8.random(in: 0 ... .max, using: &random)
                case 1: line.remove(at: index)
                default: line.insert([0x22, 0x5C, 0x7D, 0x2C, 0x61].randomElement(using: &random) ?? 0, at: index)
                }
            }
            // Calls are named by their number in the answer.
            guard !line.contains(sequence: "tool_calls") else { continue }
            var fresh = OllamaLineDecoder(callIDPrefix: "r")
            let expected = self.told(&fresh, line)
            #expect(self.told(&decoder, line) == expected, "seed \(seed): \(String(decoding: line, as: UTF8.self))")
        }
    }
}

extension [UInt8] {
    fileprivate func contains(sequence text: String) -> Bool { String(decoding: self, as: UTF8.self).contains(text) }
}
