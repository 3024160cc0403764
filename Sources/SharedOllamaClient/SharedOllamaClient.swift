public import AsyncHTTPClient
import NIOCore
import NIOSSL

/// A client of a Shared Ollama service, or of an Ollama without one.
///
/// ```swift
/// try await SharedOllamaClient.withClient(.service("http://127.0.0.1:8000", key: key)) { client in
///     let answer = try await client.chat(ChatRequest("Why is the sky blue?"))
///     print(answer.text)
///     for try await event in client.chatStream(ChatRequest("And at dusk?")) { print(event.text, terminator: "") }
/// }
/// ```
///
/// It may be used by any number of tasks at once and has one pool of connections. All calls are asynchronous, and cancelling
/// the task of one ends its work in service and engine. There are no blocking calls: `docs/integration.md` says why.
public struct SharedOllamaClient: Sendable {
    let caller: Caller
    private let http: HTTPClient
    private let ownsHTTP: Bool

    /// A client with a pool of connections of its own; whoever makes it calls ``shutdown()``.
    public init(_ configuration: ClientConfiguration = .service()) {
        self.init(configuration, surroundings: .real)
    }

    /// A client on an HTTP client of the caller's, who shuts it down: for proxies, certificates of its own and common pools.
    ///
    /// Connections, certificates, and the silence between two pieces of an answer are that client's own matters then.
    public init(_ configuration: ClientConfiguration, http: HTTPClient) {
        self.caller = Caller(configuration, http: http, surroundings: .real)
        self.http = http
        self.ownsHTTP = false
    }

    init(_ configuration: ClientConfiguration, surroundings: Surroundings) {
        var settings = HTTPClient.Configuration()
        settings.timeout.connect = TimeAmount(configuration.connectTimeout)
        settings.timeout.read = TimeAmount(configuration.silenceTimeout)
        settings.redirectConfiguration = .disallow
        if let file = configuration.trustedCertificates {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(file)
            settings.tlsConfiguration = tls
        }
        settings.httpVersion = .http1Only
        // Every request that may be under way has a connection, and a few small calls beside them.
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit =
            max(1, configuration.maximumConcurrentRequests) + 4
        // Below the time after which servers close idle connections: a request must not meet one that is being closed.
        settings.connectionPool.idleTimeout = .seconds(30)
        // Who finds nobody is told at once; what is tried again is decided here.
        settings.connectionPool.retryConnectionEstablishment = false
        self.http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        self.caller = Caller(configuration, http: self.http, surroundings: surroundings)
        self.ownsHTTP = true
    }

    /// Runs something with a client that is shut down after it, whatever happened.
    ///
    /// - Throws: what the body throws.
    public static func withClient<Result>(
        _ configuration: ClientConfiguration = .service(),
        isolation: isolated (any Actor)? = #isolation,
        _ body: (SharedOllamaClient) async throws -> Result
    ) async throws -> Result {
        let client = SharedOllamaClient(configuration)
        do {
            let result = try await body(client)
            await client.shutdown()
            return result
        } catch {
            await client.shutdown()
            throw error
        }
    }

    /// Closes all connections.
    ///
    /// Calls that are under way fail; further ones are ``SharedOllamaError/Code/shutDown``.
    public func shutdown() async {
        guard self.ownsHTTP else { return }
        // A second time is of no interest to anybody.
        try? await self.http.shutdown()
    }

    // MARK: Asking

    /// Answers a conversation.
    ///
    /// - Throws: ``SharedOllamaError``; `CancellationError` if the task was cancelled.
    public func chat(_ request: ChatRequest, _ settings: CallSettings = CallSettings()) async throws -> ModelAnswer {
        try await self.answer(settings) { wire throws(SharedOllamaError) in try wire.chat(request, isStreamed: false) }
    }

    /// Answers a conversation piece by piece.
    public func chatStream(_ request: ChatRequest, _ settings: CallSettings = CallSettings()) -> AnswerStream {
        self.stream(settings) { wire throws(SharedOllamaError) in try wire.chat(request, isStreamed: true) }
    }

    /// Continues a prompt.
    ///
    /// - Throws: ``SharedOllamaError``; `CancellationError` if the task was cancelled.
    public func generate(
        _ request: GenerateRequest,
        _ settings: CallSettings = CallSettings()
    ) async throws -> ModelAnswer {
        try await self.answer(settings) { wire throws(SharedOllamaError) in
            try wire.generate(request, isStreamed: false)
        }
    }

    /// Continues a prompt piece by piece.
    public func generateStream(_ request: GenerateRequest, _ settings: CallSettings = CallSettings()) -> AnswerStream {
        self.stream(settings) { wire throws(SharedOllamaError) in try wire.generate(request, isStreamed: true) }
    }

    /// Turns texts into vectors.
    ///
    /// - Throws: ``SharedOllamaError``; `CancellationError` if the task was cancelled.
    public func embed(
        _ request: EmbedRequest,
        _ settings: CallSettings = CallSettings()
    ) async throws -> ModelEmbeddings {
        let id = RequestIdentifier.of(settings)
        return try await self.naming(id) {
            let value = try await self.caller.value(self.caller.wire.embed(request), settings, requestID: id)
            return try self.caller.wire.embeddings(value, requestID: id)
        }
    }

    // MARK: Looking

    /// The models that can be asked: of the service those that the project may use.
    ///
    /// - Throws: ``SharedOllamaError``; `CancellationError` if the task was cancelled.
    public func models() async throws -> [ListedModel] {
        let id = RequestIdentifier.make()
        return try await self.naming(id) {
            let value = try await self.caller.value(.get(self.caller.wire.modelsPath), requestID: id)
            return try self.caller.wire.models(value)
        }
    }

    /// Where a request stands in the service's line; nil if it does not wait, or not any more.
    ///
    /// A stream tells the same by itself as ``AnswerEvent/queued(_:)``.
    ///
    /// - Throws: ``SharedOllamaError``, with the code ``SharedOllamaError/Code/notSupported`` of an Ollama that is called directly;
    ///   `CancellationError` if the task was cancelled.
    public func queuePlace(of requestID: String) async throws -> QueuePlace? {
        guard self.caller.configuration.target != .direct else {
            throw SharedOllamaError(.notSupported, "Ollama does not tell who waits for it")
        }
        let id = RequestIdentifier.make()
        do {
            let path = "/api/v1/queue/requests/\(RequestIdentifier.escaped(requestID))"
            let value = try await self.caller.value(.get(path), requestID: id)
            let wait = value["estimated_wait_ms"]?.double
            return value["position"]?.int.map {
                QueuePlace(position: $0, estimatedWait: wait.map { .milliseconds($0) })
            }
        } catch let error as SharedOllamaError where error.code == .notFound {
            return nil
        }
    }

    // MARK: Starting

    /// Waits until requests can be served.
    ///
    /// A service has to be ready (`/readyz`). In place of an Ollama that is called directly at a loopback address, and that
    /// nobody is, `ollama serve` is started for that address. It is nobody's child then: it stays when this program ends, since
    /// others may have come to use it by then, and is stopped by whoever ends the process whose number is returned.
    ///
    /// - Parameters:
    ///   - limit: how long to wait.
    ///   - program: the name of the program on `PATH`, or its path.
    /// - Returns: whether it was there or has been started.
    /// - Throws: ``SharedOllamaError``: why it is not there after that time, or ``SharedOllamaError/Code/notInstalled``;
    ///   `CancellationError` if the task was cancelled.
    @discardableResult
    public func ensureRunning(
        within limit: Duration = .seconds(60),
        program: String = "ollama"
    ) async throws -> EngineStart {
        try await EngineStarter(caller: self.caller, program: program).ensure(within: limit)
    }

    // MARK: Parts

    private func answer(
        _ settings: CallSettings,
        _ call: (any Wire) throws(SharedOllamaError) -> WireCall
    ) async throws -> ModelAnswer {
        let id = RequestIdentifier.of(settings)
        let wire = self.caller.wire
        let wireCall: WireCall
        do { wireCall = try call(wire) } catch { throw error.of(id) }
        return try await self.naming(id) {
            let frame = try wire.frame(try await self.caller.value(wireCall, settings, requestID: id))
            guard let figures = frame.end else { throw SharedOllamaError.unreadable("it is not complete") }
            var assembler = AnswerAssembler()
            for event in frame.events { assembler.take(event) }
            return assembler.answer(figures, requestID: id)
        }
    }

    private func stream(
        _ settings: CallSettings,
        _ call: (any Wire) throws(SharedOllamaError) -> WireCall
    ) -> AnswerStream {
        let id = RequestIdentifier.of(settings)
        var (wireCall, refusal): (WireCall, SharedOllamaError?) = (.get("/"), nil)
        do { wireCall = try call(self.caller.wire) } catch { refusal = error.of(id) }
        return AnswerStream(caller: self.caller, call: wireCall, settings: settings, refusal: refusal, requestID: id)
    }

    /// Gives errors the id of their call.
    private func naming<Result>(_ requestID: String, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as SharedOllamaError {
            throw error.of(requestID)
        }
    }
}
