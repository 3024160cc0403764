/// Makes the lines of a stream into the values that they hold.
struct FrameReader: Sendable {
    /// What lines hold.
    enum Frame: Sendable, Equatable {
        case value(JSONValue)
        case queued(QueuePlace)
    }

    private let framing: StreamFraming
    private var splitter: LineSplitter
    private let limit: Int
    /// The data of an event that has not ended.
    private var data: [UInt8] = []
    private var hasData = false

    init(_ framing: StreamFraming, limit: Int) {
        self.framing = framing
        self.limit = limit
        self.splitter = LineSplitter(limit: limit)
    }

    /// Takes the next bytes; what they complete is added, also if something after it cannot be read.
    ///
    /// - Throws: ``SharedOllamaError`` for what cannot be read.
    mutating func take(_ bytes: some Collection<UInt8>, to frames: inout [Frame]) throws(SharedOllamaError) {
        for line in try self.splitter.take(bytes) {
            if let frame = try self.frame(line) { frames.append(frame) }
        }
    }

    /// Takes the end: a last line need not be ended.
    ///
    /// - Throws: ``SharedOllamaError`` for what cannot be read.
    mutating func finish(to frames: inout [Frame]) throws(SharedOllamaError) {
        let rest = self.splitter.finish()
        guard !rest.isEmpty, let frame = try self.frame(rest) else { return }
        frames.append(frame)
    }

    private mutating func frame(_ line: [UInt8]) throws(SharedOllamaError) -> Frame? {
        switch self.framing {
        case .lines: line.isEmpty ? nil : .value(try JSONParser.parse(line))
        case .events: try self.event(line)
        }
    }

    /// A line of server-sent events (WHATWG HTML, 9.2).
    ///
    /// Only `data` means anything here, and one comment.
    private mutating func event(_ line: [UInt8]) throws(SharedOllamaError) -> Frame? {
        if line.isEmpty {
            defer {
                self.data = []
                self.hasData = false
            }
            return self.hasData ? .value(try JSONParser.parse(self.data)) : nil
        }
        if line[0] == UInt8(ascii: ":") { return FrameReader.notice(String(decoding: line, as: UTF8.self)) }
        guard line.starts(with: "data:".utf8) else { return nil }
        if self.hasData { self.data.append(0x0A) }
        let value = line.dropFirst(5)
        self.data += value.first == 0x20 ? value.dropFirst() : value
        self.hasData = true
        guard self.data.count <= self.limit else {
            throw SharedOllamaError(.answerTooLarge, "a piece of the answer is longer than \(self.limit) bytes")
        }
        return nil
    }

    /// Reads `: queued position=3 eta_ms=4200`.
    private static func notice(_ comment: String) -> Frame? {
        let words = comment.dropFirst().split(separator: " ")
        guard words.first == "queued" else { return nil }
        func value(_ name: String) -> Int? {
            words.first { $0.hasPrefix("\(name)=") }.flatMap { Int($0.dropFirst(name.count + 1)) }
        }
        guard let position = value("position") else { return nil }
        return .queued(QueuePlace(position: position, estimatedWait: value("eta_ms").map { .milliseconds($0) }))
    }
}
