import NIOHTTP1

/// What a client has got of an answer so far.
struct Answer: Sendable {
    var status = 0
    var headers = HTTPHeaders()
    var body: [UInt8] = []
    /// When each piece of the body came, and up to which byte it reached.
    var pieces: [(end: Int, at: ContinuousClock.Instant)] = []
    /// The answer came to the end that its framing announced.
    var isComplete = false
    /// The connection is gone.
    var isClosed = false

    var text: String { String(decoding: self.body, as: UTF8.self) }

    /// The body as one JSON value.
    var json: JSON? { try? JSON(parsing: self.body) }

    func header(_ name: String) -> String? { self.headers.first(name: name) }

    /// The code of a problem, in whatever dialect.
    var code: String? {
        let json = self.json
        return json?["code"]?.string ?? json?["error"]?["code"]?.string
    }

    /// The words of a problem.
    var detail: String { self.json?["detail"]?.string ?? "" }

    /// The server-sent events that are complete.
    var frames: [Frame] {
        var frames: [Frame] = []
        var start = 0
        let separator: [UInt8] = [0x0A, 0x0A]
        while let end = self.body[start...].firstRange(of: separator) {
            let lines = self.body[start..<end.lowerBound].split(separator: 0x0A)
            let data = lines.filter { $0.starts(with: "data: ".utf8) }.flatMap { $0.dropFirst(6) }
            start = end.upperBound
            // A comment is no event.
            guard !data.isEmpty else { continue }
            let arrival = self.pieces.first { $0.end >= end.upperBound }?.at ?? .now
            frames.append(Frame(json: (try? JSON(parsing: data)) ?? .null, at: arrival))
        }
        return frames
    }

    /// The text of all frames together.
    var streamedText: String { self.frames.compactMap { $0.json["chunk"]?.string }.joined() }
}

extension Answer: CustomStringConvertible {
    var description: String {
        "\(self.status) \(self.headers) \(self.text.prefix(1500))"
            + (self.isComplete ? "" : " (incomplete)") + (self.isClosed ? " (closed)" : "")
    }
}

/// One server-sent event.
struct Frame: Sendable {
    let json: JSON
    let at: ContinuousClock.Instant

    var isDone: Bool { self.json["done"]?.bool ?? false }
}
