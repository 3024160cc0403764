/// Makes lines of bytes as they come.
///
/// A line that is too long is cut: an engine's output never fills the memory.
struct LineSplitter: Sendable {
    private let limit: Int
    private var line: [UInt8] = []
    private var isCut = false

    /// - Parameter limit: the longest line, in bytes; the rest of a longer one is dropped.
    init(limit: Int = 8192) {
        self.limit = limit
    }

    /// Takes bytes.
    ///
    /// - Returns: the lines that they complete, without their ends.
    mutating func feed(_ bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(self.take())
            } else if self.line.count < self.limit {
                self.line.append(byte)
            } else {
                self.isCut = true
            }
        }
        return lines
    }

    /// The last line, if it had no end.
    mutating func finish() -> String? {
        self.line.isEmpty ? nil : self.take()
    }

    private mutating func take() -> String {
        if self.line.last == UInt8(ascii: "\r") { self.line.removeLast() }
        defer {
            self.line.removeAll(keepingCapacity: true)
            self.isCut = false
        }
        return String(decoding: self.line, as: UTF8.self) + (self.isCut ? "…" : "")
    }
}

/// The last lines of something, the oldest first.
struct RecentLines: Sendable {
    private let limit: Int
    private(set) var lines: [String] = []

    init(limit: Int) {
        self.limit = limit
    }

    mutating func append(_ line: String) {
        if self.lines.count >= self.limit { self.lines.removeFirst() }
        self.lines.append(line)
    }

    mutating func removeAll() {
        self.lines.removeAll()
    }
}
