import Domain

/// Reads the input file of a batch piece by piece, line by line: no I/O, and no more memory than a piece and a line.
///
/// A line is `{"custom_id", "method": "POST", "url", "body": {…}}` (OpenAI's Batch API). White space behind the last line
/// is no line.
struct BatchInputReader {
    /// What a file may be.
    struct Limits: Sendable {
        /// The most lines.
        var lines: Int
        /// The longest line, in bytes.
        var lineBytes: Int
        /// The most problems that are told.
        var problems = 100
    }

    /// What is wrong with the file so far, in the order of its lines.
    private(set) var problems: [BatchProblem] = []
    /// How many lines there were.
    private(set) var lines = 0

    private let check: BatchLineCheck
    private let limits: Limits
    /// The beginning of a line whose end has not come yet.
    private var rest: [UInt8] = []
    /// Where that beginning is in the file.
    private var offset: Int64 = 0
    private var isSkippingLine = false
    /// Lines with nothing on them that may be the end of the file.
    private var blankLines: ClosedRange<Int>?
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    init(endpoint: BatchEndpoint, limits: Limits) {
        self.check = BatchLineCheck(endpoint: endpoint)
        self.limits = limits
    }

    /// Whether more would not change what is told.
    var isHopeless: Bool {
        let filled = self.lines - (self.blankLines?.count ?? 0)
        return self.problems.count >= self.limits.problems || filled > self.limits.lines
    }

    /// Notes what somebody else found wrong with a line.
    mutating func note(_ problem: BatchProblem) {
        if self.problems.count < self.limits.problems { self.problems.append(problem) }
    }

    /// Takes the next bytes of the file.
    ///
    /// - Returns: the valid lines that have come to their end.
    mutating func take(_ bytes: [UInt8]) -> [BatchLine] {
        var buffer = self.rest
        self.rest = []
        // In what is left of the piece before there is no end of a line.
        var unseen = buffer.count
        buffer.append(contentsOf: bytes)
        var found: [BatchLine] = []
        var start = 0
        while !self.isHopeless, let end = buffer[unseen...].firstIndex(of: 0x0A) {
            if let line = self.line(in: buffer, start..<end) { found.append(line) }
            start = end + 1
            unseen = start
        }
        self.offset += Int64(start)
        if buffer.count - start > self.limits.lineBytes, !self.isSkippingLine {
            self.isSkippingLine = true
            self.tooLong(line: self.lines + 1)
        }
        if self.isSkippingLine {
            self.offset += Int64(buffer.count - start)
        } else {
            buffer.removeFirst(start)
            self.rest = buffer
        }
        return found
    }

    /// The file has ended.
    ///
    /// - Returns: the last line, if it is valid and has no line break behind it.
    mutating func end() -> [BatchLine] {
        let last = self.rest
        self.rest = []
        let line = last.isEmpty && !self.isSkippingLine ? nil : self.line(in: last, 0..<last.count)
        if let blankLines { self.lines -= blankLines.count }
        if self.lines <= 0, self.problems.isEmpty {
            self.note(BatchProblem(.emptyFile, "The file has no line: a batch needs one request at least."))
        }
        return line.map { [$0] } ?? []
    }

    // MARK: Lines

    private mutating func line(in buffer: [UInt8], _ range: Range<Int>) -> BatchLine? {
        self.lines += 1
        let number = self.lines
        guard !self.isSkippingLine else {
            self.isSkippingLine = false
            return nil
        }
        var range = range
        if number == 1, buffer[range].starts(with: BatchInputReader.byteOrderMark) {
            range = (range.lowerBound + BatchInputReader.byteOrderMark.count)..<range.upperBound
        }
        guard buffer[range].contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else {
            self.blankLines = (self.blankLines?.lowerBound ?? number)...number
            return nil
        }
        guard number - (self.blankLines?.count ?? 0) <= self.limits.lines else {
            if self.problems.contains(where: { $0.code == .tooManyLines }) { return nil }
            self.note(
                BatchProblem(
                    .tooManyLines,
                    "The file has more than \(self.limits.lines) lines (batches.max_lines).",
                    line: number
                )
            )
            return nil
        }
        guard range.count <= self.limits.lineBytes else {
            self.tooLong(line: number)
            return nil
        }
        self.tellBlankLines()
        switch self.check.line(in: buffer, range) {
        case .failure(let fault):
            self.note(BatchProblem(fault.code, fault.message, param: fault.param, line: number))
            return nil
        case .success(let draft):
            return BatchLine(
                line: number,
                customID: draft.customID,
                model: draft.model,
                offset: self.offset + Int64(draft.body.lowerBound),
                length: draft.body.count
            )
        }
    }

    /// A line with nothing on it is a fault as soon as another one follows.
    private mutating func tellBlankLines() {
        guard let blankLines else { return }
        self.blankLines = nil
        for number in blankLines {
            guard !self.isHopeless else { return }
            self.note(BatchProblem(.blankLine, "There is nothing on this line.", line: number))
        }
    }

    private mutating func tooLong(line: Int) {
        self.note(
            BatchProblem(
                .lineTooLong,
                "The line is longer than \(self.limits.lineBytes) bytes (server.max_body_bytes).",
                line: line
            )
        )
    }
}
