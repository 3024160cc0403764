import Application
import Domain
import NIOCore

/// Reads from bytes that pass through what accounting needs: how many pieces there were, and the figures at their end.
///
/// Lines are Ollama's NDJSON, one object a piece; an answer that is not streamed is one line. Bytes that have been looked at
/// are kept only while their line goes on.
struct RelayMeter {
    /// How much of a line's end is kept: the figures stand there, behind a `context` of up to some 100,000 numbers.
    private static let limit = 1_048_576
    private static let tokenEnd = Array("\"done\":false}".utf8)
    // Within a JSON string the quotes would be escaped, so this is always the field.
    private static let done = Array("\"done\":true".utf8)
    private static let error = Array("{\"error\":".utf8)

    /// What has passed so far.
    private(set) var progress = GenerationProgress()
    /// Whether the figures are there.
    private(set) var isComplete = false
    /// The engine's words, if it has said in its answer that it failed.
    private(set) var failure: String?
    private let operation: Operation
    /// Where the answer is noted for its trace; nil where it is not to be told.
    private let answer: AnswerExcerpt?
    private var line: [UInt8] = []

    init(_ operation: Operation, answer: AnswerExcerpt? = nil) {
        self.operation = operation
        self.answer = answer
    }

    /// Takes the next piece.
    mutating func read(_ piece: ByteBuffer) {
        // Its answers have no figures of Ollama's, and may be anything: JSON, plain text, subtitles, events.
        guard self.operation != .transcribe else {
            self.progress.pieces += 1
            return
        }
        piece.withUnsafeReadableBytes { self.read($0) }
    }

    private mutating func read(_ bytes: UnsafeRawBufferPointer) {
        var start = bytes.startIndex
        while let newline = bytes[start...].firstIndex(of: 0x0A) {
            if self.line.isEmpty {
                self.look(at: UnsafeRawBufferPointer(rebasing: bytes[start..<newline]))
            } else {
                self.line.append(contentsOf: bytes[start..<newline])
                self.lookAtLine()
            }
            start = newline + 1
        }
        guard start < bytes.endIndex else { return }
        self.line.append(contentsOf: bytes[start...])
        if self.line.count > 2 * RelayMeter.limit { self.line.removeFirst(self.line.count - RelayMeter.limit) }
    }

    /// The answer has ended.
    mutating func finish() {
        self.lookAtLine()
    }

    private mutating func lookAtLine() {
        guard !self.line.isEmpty else { return }
        let line = self.line
        self.line.removeAll(keepingCapacity: true)
        self.look(at: line)
    }

    private mutating func look<Line: BidirectionalCollection<UInt8>>(at line: Line) {
        if self.operation == .embed { return self.lookForVectors(in: line) }
        if let answer, let line = (try? JSONParser.parse(Array(line)))?.object { answer.add(ollama: line) }
        if line.suffix(RelayMeter.tokenEnd.count).elementsEqual(RelayMeter.tokenEnd) {
            self.progress.pieces += 1
        } else if line.starts(with: RelayMeter.error) {
            self.failure = (try? JSONParser.parse(Array(line)))?.object?["error"]?.string ?? ""
        } else if let summary = RelayMeter.summary(in: line) {
            self.progress.summary = summary
            self.isComplete = true
        } else {
            self.progress.pieces += 1
        }
    }

    /// The figures of an answer full of vectors stand behind them.
    private mutating func lookForVectors<Line: BidirectionalCollection<UInt8>>(in line: Line) {
        if line.starts(with: RelayMeter.error) {
            self.failure = (try? JSONParser.parse(Array(line)))?.object?["error"]?.string ?? ""
        } else if let bracket = line.lastIndex(of: UInt8(ascii: "]")), line.last == UInt8(ascii: "}") {
            let rest = line[line.index(after: bracket)...].drop { $0 == UInt8(ascii: ",") }
            self.progress.summary = RelayMeter.summary(ofObjectWith: rest) ?? GenerationSummary(RelayedFigures())
            self.isComplete = true
        }
    }

    /// The figures at a line's end; nil where they are missing.
    private static func summary<Line: BidirectionalCollection<UInt8>>(in line: Line) -> GenerationSummary? {
        var rest = line[...]
        while let start = rest.firstIndex(of: RelayMeter.done[0]) {
            rest = rest[start...]
            if rest.starts(with: RelayMeter.done) { return RelayMeter.summary(ofObjectWith: rest) }
            rest = rest.dropFirst()
        }
        return nil
    }

    /// The figures among fields that lack the bracket before them; nil where that makes no object.
    private static func summary(ofObjectWith fields: some Collection<UInt8>) -> GenerationSummary? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(fields.count + 1)
        bytes.append(UInt8(ascii: "{"))
        bytes.append(contentsOf: fields)
        return (try? RelayedFigures(bytes)).map { GenerationSummary($0) }
    }
}

/// The figures at the end of an answer of Ollama's, as they are named there.
private struct RelayedFigures {
    var promptTokens: Int?
    var tokens: Int?
    var cachedTokens: Int?
    /// Times, in nanoseconds.
    var (total, load, promptEvaluation, generation): (Int?, Int?, Int?, Int?)
    var reason: String?

    /// Nothing is said.
    init() {}

    /// Reads an object.
    ///
    /// - Throws: ``JSONError``.
    init(_ bytes: [UInt8]) throws {
        var scanner = JSONScanner(bytes)
        try scanner.object { scanner, key in
            switch key {
            case "prompt_eval_count": self.promptTokens = try RelayedFigures.number(&scanner)
            case "eval_count": self.tokens = try RelayedFigures.number(&scanner)
            case "prompt_eval_cached_count": self.cachedTokens = try RelayedFigures.number(&scanner)
            case "total_duration": self.total = try RelayedFigures.number(&scanner)
            case "load_duration": self.load = try RelayedFigures.number(&scanner)
            case "prompt_eval_duration": self.promptEvaluation = try RelayedFigures.number(&scanner)
            case "eval_duration": self.generation = try RelayedFigures.number(&scanner)
            case "done_reason" where scanner.peek() == UInt8(ascii: "\""): self.reason = try scanner.string().decoded
            default: try scanner.skip()
            }
        }
        try scanner.expectEnd()
    }

    private static func number(_ scanner: inout JSONScanner) throws -> Int? {
        switch scanner.peek() ?? 0 {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): return try scanner.wholeNumber()
        default:
            try scanner.skip()
            return nil
        }
    }
}

extension GenerationSummary {
    fileprivate init(_ figures: RelayedFigures) {
        self.init(
            usage: TokenUsage(
                promptTokens: figures.promptTokens ?? 0,
                completionTokens: figures.tokens ?? 0,
                cachedTokens: figures.cachedTokens
            ),
            timings: EngineTimings(
                total: figures.total.map { .nanoseconds($0) },
                load: figures.load.map { .nanoseconds($0) },
                promptEvaluation: figures.promptEvaluation.map { .nanoseconds($0) },
                generation: figures.generation.map { .nanoseconds($0) }
            ),
            reason: .init(rawValue: figures.reason ?? "stop")
        )
    }
}
