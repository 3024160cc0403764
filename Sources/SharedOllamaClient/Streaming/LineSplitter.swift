/// Cuts bytes into lines, wherever the pieces in which they come begin and end.
struct LineSplitter: Sendable {
    private var rest: [UInt8] = []
    private let limit: Int

    /// - Parameter limit: the longest line, in bytes.
    init(limit: Int) {
        self.limit = limit
    }

    /// Takes the next bytes.
    ///
    /// - Returns: the lines that are complete now, without their ends.
    /// - Throws: ``SharedOllamaError`` if a line has no end within the limit.
    mutating func take(_ bytes: some Collection<UInt8>) throws(SharedOllamaError) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: 0x0A) {
            var line = self.rest
            line += bytes[start..<end]
            self.rest = []
            // A carriage return before the end belongs to that.
            if line.last == 0x0D { line.removeLast() }
            lines.append(line)
            start = bytes.index(after: end)
        }
        self.rest += bytes[start...]
        guard self.rest.count <= self.limit else {
            throw SharedOllamaError(.answerTooLarge, "a piece of the answer is longer than \(self.limit) bytes")
        }
        return lines
    }

    /// What came after the last line that was complete.
    mutating func finish() -> [UInt8] {
        defer { self.rest = [] }
        return self.rest
    }
}
