public import Domain

/// The name of an engine in configuration, headers and logs.
public struct EngineName: Sendable, CustomStringConvertible {
    /// The name: 1 to 64 of `[A-Za-z0-9._-]`.
    public let description: String
    /// The name's hash: engines are looked up by names all the time.
    private let digest: Int

    /// Wraps a name.
    public init(_ name: String) {
        self.description = name
        self.digest = name.hashValue
    }
}

extension EngineName: NumberKey {
    /// Names are equal if they are spelt alike.
    public static func == (left: EngineName, right: EngineName) -> Bool {
        left.digest == right.digest && left.description == right.description
    }

    /// The hash that the name carries.
    public var keyNumber: Int { self.digest }
}

/// What an engine speaks.
public enum EngineKind: String, Sendable, CaseIterable {
    /// Ollama's API.
    case ollama
    /// OpenAI's API: llama.cpp's server, vLLM and others.
    case openAI = "openai"
}

/// What an engine is, apart from how it is.
public struct EngineIdentity: Sendable, Hashable {
    /// Its name.
    public let name: EngineName
    /// What it speaks.
    public let kind: EngineKind
    /// Whether this service started it.
    public let isManaged: Bool
    /// Whether it is the small model that comes with the service.
    public let isBundled: Bool
    /// Where it is; for operators.
    public var url: String?

    /// Creates an identity.
    public init(
        name: EngineName,
        kind: EngineKind,
        isManaged: Bool = false,
        isBundled: Bool = false,
        url: String? = nil
    ) {
        self.url = url
        self.name = name
        self.kind = kind
        self.isManaged = isManaged
        self.isBundled = isBundled
    }
}

/// Something that runs models.
///
/// The port behind which Ollama and the OpenAI-compatible servers stand.
public protocol EngineClient: Sendable {
    /// Who it is.
    var identity: EngineIdentity { get }

    /// Prepares a generation. Nothing is sent before the stream's first `next()`.
    ///
    /// A choice of tools has been made before: those that are in the request, the model may call.
    ///
    /// - Throws: ``ServiceError`` `unsupported_field` if this kind of engine cannot honour the request.
    func stream(_ request: EngineRequest) throws -> any EngineStream<GenerationEvent>

    /// How to hand on a request as it came to this engine, if it understands it and its answers pass through as frames of a
    /// kind; nil if not.
    func relay<Frame: Sendable>(of request: RelayedRequest, as frame: Frame.Type) -> EngineRelay<Frame>?

    /// Counts the tokens of a conversation as the engine would read it; nil if this kind of engine does not tell.
    ///
    /// - Throws: ``ServiceError`` `engine_unavailable`, `engine_timeout` or `engine_error`.
    func countTokens(of request: EngineRequest) async throws -> Int?

    /// Asks the engine how it is.
    ///
    /// - Throws: ``ServiceError`` `engine_unavailable`, `engine_timeout` or `engine_error`.
    func probe() async throws -> EngineReport

    /// Loads a model into the engine's memory and returns when it is there.
    ///
    /// - Returns: how long that took; nil where the engine's models are always loaded.
    /// - Throws: ``ServiceError`` `model_not_found`, `engine_unavailable`, `engine_timeout` (deadline load) or
    ///   `engine_error`.
    func load(_ model: ModelLoad) async throws -> Duration?

    /// Takes a model out of the engine's memory and returns when the engine no longer lists it as loaded.
    ///
    /// Does nothing where the engine's models are always loaded. The model must not be in use: the engine waits for
    /// whoever uses it.
    ///
    /// - Throws: ``ServiceError`` `engine_unavailable`, `engine_timeout` or `engine_error`.
    func unload(_ model: ModelLoad) async throws

    /// What it offers of models beyond running them; nil where its kind has nothing like it.
    var administration: (any ModelAdministration)? { get }
}

extension EngineClient {
    /// Nothing, unless an engine says otherwise.
    public var administration: (any ModelAdministration)? { nil }
}

extension EngineClient {
    /// Most engines do not tell.
    public func countTokens(of request: EngineRequest) async throws -> Int? { nil }

    /// Most engines have words of their own.
    public func relay<Frame: Sendable>(of request: RelayedRequest, as frame: Frame.Type) -> EngineRelay<Frame>? { nil }
}

/// An engine that understands a caller's own words: what it answers passes through byte for byte.
///
/// A value whose type says what the frames are, for that is found out for each request.
public struct EngineRelay<Frame: Sendable>: Sendable {
    /// Prepares to hand on a request.
    ///
    /// Nothing is sent before the stream's first `next()`. An answer with another status than 200 fails the stream; its error carries the ``EngineAnswer``.
    public let stream: @Sendable (EngineJob<RelayedRequest>) throws -> any EngineStream<Frame>

    /// Describes a relay.
    public init(_ stream: @escaping @Sendable (EngineJob<RelayedRequest>) throws -> any EngineStream<Frame>) {
        self.stream = stream
    }
}

/// A model that an engine is to take into its memory, or out of it.
public struct ModelLoad: Sendable, Hashable {
    /// What the engine calls the model.
    public var model: String
    /// Whether the model generates text; one that does not, such as an embedding model, is loaded by another route.
    public var generates: Bool
    /// How long it stays when nobody uses it; nil leaves it to the engine.
    public var keepAlive: KeepAlive?
    /// The context length to load it with, in tokens; nil leaves it to the engine.
    public var contextLength: Int?

    /// Creates a wish.
    public init(model: String, generates: Bool = true, keepAlive: KeepAlive? = nil, contextLength: Int? = nil) {
        self.model = model
        self.generates = generates
        self.keepAlive = keepAlive
        self.contextLength = contextLength
    }
}

/// How an engine was when it was asked.
public struct EngineReport: Sendable {
    /// Its version, where it says so.
    public var version: String?
    /// The models that it has.
    public var models: [ModelInfo]
    /// The models that it holds in memory.
    public var loaded: [LoadedModel]
    /// How many requests a model of it runs at once, where it says so.
    public var slots: Int?

    /// Creates a report.
    public init(version: String?, models: [ModelInfo], loaded: [LoadedModel], slots: Int?) {
        self.version = version
        self.models = models
        self.loaded = loaded
        self.slots = slots
    }
}

extension ServiceError {
    /// No connection to the engine could be made.
    ///
    /// Unlike an engine that says it is busy, it is taken for down.
    public static let engineUnreachable = ServiceError(
        .engineUnavailable,
        "The engine cannot be reached.",
        retryAfter: .seconds(2),
        blame: .engine
    )
}
