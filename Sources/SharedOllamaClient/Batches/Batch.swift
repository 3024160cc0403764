/// A request of a batch.
public struct BatchItem: Sendable, Hashable {
    /// What its result is found by: 1 to 512 bytes, once in the batch.
    public var id: String
    /// What is asked.
    public var request: ChatRequest

    /// A request of a batch.
    public init(id: String, _ request: ChatRequest) {
        self.id = id
        self.request = request
    }
}

/// A stored batch: requests that run in what others leave of the engines, and survive restarts of the service.
public struct Batch: Sendable, Hashable {
    /// How far it is.
    public struct Status: RawRepresentable, Sendable, Hashable {
        /// The status as OpenAI's API writes it.
        public let rawValue: String

        /// A status.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Its input is being read.
        public static let validating = Self(rawValue: "validating")
        /// Its requests run.
        public static let inProgress = Self(rawValue: "in_progress")
        /// Each request has its result.
        public static let completed = Self(rawValue: "completed")
        /// Its input cannot be a batch: ``Batch/faults`` says why.
        public static let failed = Self(rawValue: "failed")
        /// Its time was up; what had not run has an error as its result.
        public static let expired = Self(rawValue: "expired")
        /// Somebody ended it; what had not run has an error as its result.
        public static let cancelled = Self(rawValue: "cancelled")
    }

    /// Its name.
    public var id: String
    /// How far it is.
    public var status: Status
    /// Requests.
    public var total: Int
    /// Requests that were answered.
    public var completed: Int
    /// Requests that ended otherwise.
    public var failed: Int
    /// What is wrong with its input, a sentence each.
    public var faults: [String]
    let files: [String]

    /// Whether nothing more happens to it.
    public var isOver: Bool { [.completed, .failed, .expired, .cancelled].contains(self.status) }

    /// The batch that an answer describes.
    ///
    /// - Throws: ``SharedOllamaError`` if it describes none.
    init(_ value: JSONValue) throws(SharedOllamaError) {
        guard let id = value["id"]?.string, let status = value["status"]?.string else {
            throw .unreadable("no batch")
        }
        self.id = id
        self.status = Status(rawValue: status)
        let counts = value["request_counts"]
        self.total = counts?["total"]?.int ?? 0
        self.completed = counts?["completed"]?.int ?? 0
        self.failed = counts?["failed"]?.int ?? 0
        self.faults = (value["errors"]?["data"]?.array ?? []).map { fault in
            let line = fault["line"]?.int.map { "line \($0): " } ?? ""
            return line + (fault["message"]?.string ?? fault["code"]?.string ?? "unknown")
        }
        self.files = [value["output_file_id"]?.string, value["error_file_id"]?.string].compactMap(\.self)
    }
}

/// What became of a request of a batch.
public struct BatchResult: Sendable {
    /// The request's id in the batch.
    public var id: String
    /// The answer, or why there is none.
    public var answer: Result<ModelAnswer, SharedOllamaError>

    /// The result that a line of an output file tells.
    ///
    /// - Throws: ``SharedOllamaError`` if it tells none.
    init(_ line: JSONValue, wire: any Wire) throws(SharedOllamaError) {
        guard let id = line["custom_id"]?.string else { throw .unreadable("a result without its id") }
        self.id = id
        guard let response = line["response"] else {
            let code = line["error"]?["code"]?.string ?? "internal"
            let message = line["error"]?["message"]?.string ?? code
            self.answer = .failure(SharedOllamaError(.init(rawValue: code), message))
            return
        }
        let requestID = response["request_id"]?.string ?? ""
        let status = response["status_code"]?.int ?? 0
        guard status == 200, let body = response["body"] else {
            self.answer = .failure(wire.failure(status: status, body: response["body"]).of(requestID))
            return
        }
        let frame = try wire.frame(body)
        guard let figures = frame.end else { throw .unreadable("an answer that is not complete") }
        var assembler = AnswerAssembler()
        for event in frame.events { assembler.take(event) }
        self.answer = .success(assembler.answer(figures, requestID: requestID))
    }
}
