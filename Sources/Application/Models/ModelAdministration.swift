public import Domain

/// What an engine offers of models beyond running them: to list them in its own words, and to describe, fetch, make and
/// remove them.
///
/// The answers are the engine's own, so that a caller that speaks the engine's API gets them as they are.
public protocol ModelAdministration: Sendable {
    /// The rows of one of the engine's lists, in its order.
    ///
    /// - Throws: ``ServiceError`` `engine_unavailable`, `engine_timeout` or `engine_error`.
    func rows(of list: ModelList) async throws -> [WrittenRow]

    /// Has the engine do something, and returns as soon as its answer begins.
    ///
    /// - Throws: ``ServiceError`` `engine_unavailable`, `engine_timeout` or `engine_error`; what the engine itself
    ///   refuses is an answer.
    func open(_ order: ModelOrder) async throws -> any ModelAnswer

    /// What callers of another dialect are told for an answer, or for a line of progress, that is an error.
    ///
    /// - Parameters:
    ///   - body: the engine's words.
    ///   - status: the status of its answer; 200 where the error is a line of it.
    ///   - model: the model that it was about.
    /// - Returns: the error.
    func error(saying body: [UInt8], status: Int, model: ModelName?) -> ServiceError
}

/// One of the lists that engines have of models.
public enum ModelList: Sendable, Hashable {
    /// All that it has.
    case installed
    /// Those in its memory.
    case loaded
}

/// One row of an engine's list.
public struct WrittenRow: Sendable, Hashable {
    /// The model.
    public let name: ModelName
    /// When it was last changed, where the row says it.
    public let modified: ModificationTime?
    /// The row, a JSON object, byte by byte as the engine wrote it.
    public let json: [UInt8]

    /// Creates a row.
    public init(name: ModelName, modified: ModificationTime?, json: [UInt8]) {
        self.name = name
        self.modified = modified
        self.json = json
    }
}

/// What an engine can be asked to do about models.
public enum ModelOperation: Sendable, Hashable {
    /// Describe one.
    case show
    /// Fetch one from a registry.
    case pull
    /// Send one to a registry.
    case push
    /// Make one of another or of files.
    case create
    /// Give one another name as well.
    case copy
    /// Remove one.
    case delete
    /// Say whether it has a file.
    case findBlob(BlobDigest)
    /// Take a file.
    case putBlob(BlobDigest)

    /// Whether the engine has other models, or others loaded, when it is done.
    var changesModels: Bool {
        switch self {
        case .pull, .create, .copy, .delete: true
        case .show, .push, .findBlob, .putBlob: false
        }
    }
}

/// What an engine is to do about models, as it is sent to it.
public struct ModelOrder: Sendable {
    /// The body of the request.
    public enum Body: Sendable {
        /// There is none.
        case none
        /// It is here.
        case whole([UInt8])
        /// It comes piece by piece and is asked for as fast as the engine takes it; the length in bytes, where known.
        case pieces(any AsyncSequence<[UInt8], any Error> & Sendable, length: Int?)
    }

    /// What to do.
    public var operation: ModelOperation
    /// How exactly, in the engine's own words.
    public var body: Body
    /// Whether the engine tells how far it has come, line by line; else it is silent until it is done.
    public var tellsProgress: Bool
    /// The request's id, passed on to the engine.
    public var requestID: RequestID

    /// Creates an order.
    public init(_ operation: ModelOperation, body: Body, tellsProgress: Bool = false, requestID: RequestID) {
        self.operation = operation
        self.body = body
        self.tellsProgress = tellsProgress
        self.requestID = requestID
    }
}

/// An engine's answer about its models, pulled piece by piece: when nobody asks, the engine stops being read.
///
/// One consumer at a time calls `next()` and `buffered()`; `cancel` may come from anywhere. Whoever drops an answer before
/// its end gives it up.
public protocol ModelAnswer: AnyObject, Sendable {
    /// The status that the engine chose.
    var status: Int { get }
    /// The type of the body, where the engine says it.
    var contentType: String? { get }
    /// The length of the body in bytes, where the engine says it.
    var length: Int? { get }

    /// The next piece of the body, or nil after the last one.
    ///
    /// - Throws: ``ServiceError``; the one given to `cancel` once the answer has been given up.
    func next() async throws -> [UInt8]?

    /// The next piece if it has arrived already.
    func buffered() -> [UInt8]?

    /// Gives the answer up: the connection to the engine is closed, and `next()` throws the error.
    func cancel(_ error: ServiceError)
}
