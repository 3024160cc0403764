import TestSupport
import Testing

@testable import Infrastructure

@Suite("Cutting a stream into lines")
struct LineSplitterTests {
    /// The lines of pieces that come one after the other.
    private static func lines(_ pieces: [[UInt8]], limit: Int = 1000) throws -> [String] {
        var splitter = LineSplitter(limit: limit)
        var lines: [String] = []
        for piece in pieces {
            try splitter.feed(piece) { bytes, line in lines.append(String(decoding: bytes[line], as: UTF8.self)) }
        }
        try splitter.finish { bytes, line in lines.append(String(decoding: bytes[line], as: UTF8.self)) }
        return lines
    }

    private static let text = Array("first\nzweite ü👋\r\n\n\r\n  x \nlast\r".utf8)
    private static let expected = ["first", "zweite ü👋", "", "", "  x ", "last"]

    @Test("Lines end in LF or CRLF, the last one with the stream, wherever the stream is cut")
    func splits() throws {
        for first in 0...Self.text.count {
            for second in first...Self.text.count {
                let pieces = [
                    Array(Self.text[..<first]), Array(Self.text[first..<second]), Array(Self.text[second...]),
                ]
                let lines = try Self.lines(pieces)
                #expect(lines == Self.expected, "\(first), \(second)")
            }
        }
        let bytewise = try Self.lines(Self.text.map { [$0] })
        #expect(bytewise == Self.expected)
    }

    @Test("A stream that ends with its last line owes nothing")
    func finished() throws {
        #expect(try Self.lines([Array("a\nb\n".utf8)]) == ["a", "b"])
        #expect(try Self.lines([]).isEmpty)
        #expect(try Self.lines([[]]).isEmpty)
    }

    @Test("A line may be as long as the limit, with or without its end, and not longer")
    func limit() throws {
        let longest = [UInt8](repeating: 0x78, count: 10)
        #expect(try Self.lines([longest, [0x0A]], limit: 10).count == 1)
        #expect(try Self.lines([longest], limit: 10).count == 1)
        #expect(throws: LineSplitter.LineTooLong.self) { try Self.lines([longest, [0x78]], limit: 10) }
        #expect(throws: LineSplitter.LineTooLong.self) { try Self.lines((0..<11).map { _ in [0x78] }, limit: 10) }
    }

    @Test("Random streams cut at random places give the lines that they consist of")
    func random() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<500 {
            let lines = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                String(repeating: "ab", count: Int.random(in: 0...30, using: &random))
            }
            let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
            var pieces: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Int.random(in: 0...9, using: &random)
                pieces.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            let found = try Self.lines(pieces)
            #expect(found == lines, "seed \(seed)")
        }
    }
}
