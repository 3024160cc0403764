public import Domain

/// An engine's answer, pulled piece by piece: when nobody asks, the engine stops being read.
///
/// One consumer at a time calls `next()` and `buffered()`; `cancel` may come from anywhere.
public protocol EngineStream<Frame>: AnyObject, Sendable {
    /// What the answer consists of: events, or bytes that pass through.
    associatedtype Frame: Sendable

    /// The next piece, or nil after the last one. The first call sends the request.
    ///
    /// - Throws: ``ServiceError``; the one given to `cancel` once the stream has been cancelled.
    func next() async throws -> Frame?

    /// The next piece if it has arrived already.
    func buffered() throws -> Frame?

    /// Gives the answer up: the connection to the engine is closed, and `next()` throws the error.
    func cancel(_ error: ServiceError)

    /// What has passed so far.
    var progress: GenerationProgress { get }

    /// Whether the engine has come to the end of its answer: whether ``progress`` has its figures, asked with every piece.
    var isComplete: Bool { get }

    /// What the caller should be told about how the request was met.
    var notices: GenerationNotices { get }
}

extension EngineStream {
    /// By ``progress``.
    public var isComplete: Bool { self.progress.summary != nil }
}

/// What has passed of an answer, whatever became of the rest.
public struct GenerationProgress: Sendable {
    /// Pieces of text and thinking, usually tokens.
    public var pieces = 0
    /// The engine's figures, once it has come to its end.
    public var summary: GenerationSummary?

    /// Starts with nothing passed.
    public init() {}
}

/// What becomes of a caller's `keep_alive` that is not taken as it is.
public enum KeepAliveChange: Sendable, Hashable {
    /// It is this instead: the project may not ask for as much.
    case lowered(KeepAlive)
    /// It does not count: the model is pinned, and stays.
    case overruled
}

/// How a request was met, where that is not just as it was asked.
public struct GenerationNotices: Sendable {
    /// The prompt's and the context's length, if the prompt had to be cut.
    public var truncated: Truncation?
    /// Fields that only tune or label and were left out because this kind of engine has nothing like them.
    public var ignoredFields: [String] = []
    /// What has become of `keep_alive`, where it was not taken as it was.
    public var keepAlive: KeepAliveChange?

    /// A prompt that had to be cut, in tokens.
    public struct Truncation: Sendable, Hashable {
        /// The prompt's length.
        public let prompt: Int
        /// The context's length.
        public let context: Int

        /// Creates a note.
        public init(prompt: Int, context: Int) {
            self.prompt = prompt
            self.context = context
        }
    }

    /// The `Content-Type` of an answer whose bytes pass through, where the engine gives one.
    public var contentType: String?

    /// Starts with nothing to tell.
    public init() {}
}
