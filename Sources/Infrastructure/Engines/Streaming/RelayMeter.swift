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
        let bytes = piece.readableBytesView
        var start = bytes.startIndex
        while let newline = bytes[start...].firstIndex(of: 0x0A) {
            if self.line.isEmpty {
                self.look(at: bytes[start..<newline])
            } else {
                self.line.append(contentsOf: bytes[start..<newline])
                self.lookAtLine()
            }
            start = bytes.index(after: newline)
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
        } else if let figures = RelayMeter.object(in: line, from: RelayMeter.done) {
            self.note(figures)
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
            self.note((try? JSONParser.parse([UInt8(ascii: "{")] + rest))?.object ?? [:])
        }
    }

    /// The fields from a certain one on; nil where it is missing.
    private static func object<Line: BidirectionalCollection<UInt8>>(in line: Line, from field: [UInt8]) -> JSONObject?
    {
        var rest = line[...]
        while let start = rest.firstIndex(of: field[0]) {
            rest = rest[start...]
            if rest.starts(with: field) { return (try? JSONParser.parse([UInt8(ascii: "{")] + rest))?.object }
            rest = rest.dropFirst()
        }
        return nil
    }

    private mutating func note(_ figures: JSONObject) {
        func nanoseconds(_ key: String) -> Duration? {
            guard case .number(let number)? = figures[key] else { return nil }
            return number.integer.map { .nanoseconds($0) }
        }
        func count(_ key: String) -> Int? {
            guard case .number(let number)? = figures[key] else { return nil }
            return number.integer
        }
        self.progress.summary = GenerationSummary(
            usage: TokenUsage(
                promptTokens: count("prompt_eval_count") ?? 0,
                completionTokens: count("eval_count") ?? 0,
                cachedTokens: count("prompt_eval_cached_count")
            ),
            timings: EngineTimings(
                total: nanoseconds("total_duration"),
                load: nanoseconds("load_duration"),
                promptEvaluation: nanoseconds("prompt_eval_duration"),
                generation: nanoseconds("eval_duration")
            ),
            reason: .init(rawValue: figures["done_reason"]?.string ?? "stop")
        )
    }
}
