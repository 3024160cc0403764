import Domain
import Foundation
import Testing

@testable import Infrastructure

/// The body of a streamed answer as a real engine sent it.
enum RecordedStream {
    static func bytes(_ name: String) throws -> [UInt8] {
        let file = Bundle.module.bundleURL.appending(path: "Streams/\(name)")
        return Array(try Data(contentsOf: file))
    }
}

/// What a decoder made of a stream.
struct DecodedStream: Equatable {
    var text = ""
    var thinking = ""
    var pieces = 0
    var calls: [ToolCall] = []
    var logprobs = ""
    var summary: GenerationSummary?
    var vectors = 0
    var eventsAfterTheEnd = 0

    /// Decodes a stream that comes in these pieces.
    static func decode(
        _ pieces: [[UInt8]],
        _ decoder: some EventDecoder,
        finishes: Bool = true
    ) throws -> DecodedStream {
        var decoder = decoder
        var splitter = LineSplitter(limit: 1_000_000)
        var events: [GenerationEvent] = []
        for piece in pieces {
            try splitter.feed(piece) { bytes, line in try decoder.decode(bytes, in: line, into: &events) }
        }
        if finishes {
            try splitter.finish { bytes, line in try decoder.decode(bytes, in: line, into: &events) }
            try decoder.finish(into: &events)
        }
        var result = DecodedStream()
        for event in events { result.take(event) }
        return result
    }

    /// Decodes a recording whole, and cut at every byte; all must be the same.
    static func everySplit(_ name: String, _ decoder: some EventDecoder) throws -> DecodedStream {
        let bytes = try RecordedStream.bytes(name)
        let whole = try self.decode([bytes], decoder)
        for cut in bytes.indices {
            let result = try self.decode([Array(bytes[..<cut]), Array(bytes[cut...])], decoder)
            #expect(result == whole, "cut at \(cut)")
        }
        let bytewise = try self.decode(bytes.map { [$0] }, decoder)
        #expect(bytewise == whole)
        return whole
    }

    private mutating func take(_ event: GenerationEvent) {
        if self.summary != nil { self.eventsAfterTheEnd += 1 }
        switch event {
        case .text(let text):
            self.text += text.decoded
            self.pieces += 1
        case .thinking(let text):
            self.thinking += text.decoded
            self.pieces += 1
        case .toolCalls(let calls): self.calls += calls
        case .logprobs(let elements): self.logprobs += String(decoding: elements, as: UTF8.self) + ";"
        case .embedding: self.vectors += 1
        case .finished(let summary): self.summary = summary
        }
    }
}
