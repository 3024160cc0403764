public import Application
public import Domain
import NIOCore

/// An Ollama instance, spoken to in its own API: `/api/*`, never its `/v1` but for what has no twin there.
public struct OllamaEngineClient: EngineClient {
    /// Who it is.
    public let identity: EngineIdentity
    private let transport: EngineTransport
    private let prober: OllamaProber

    /// Creates a client; nothing is sent yet.
    public init(identity: EngineIdentity, transport: EngineTransport) {
        self.identity = identity
        self.transport = transport
        self.prober = OllamaProber(transport: transport)
    }

    /// See ``Application/EngineClient/stream(_:)``.
    public func stream(_ request: EngineRequest) throws -> any EngineStream<GenerationEvent> {
        if case .embed = request.work {
            return self.stream(request, EmbeddingsDecoder(), lineLimit: EmbeddingsDecoder.limit)
        }
        return self.stream(request, OllamaLineDecoder(callIDPrefix: String(request.requestID.description.prefix(8))))
    }

    private func stream(
        _ request: EngineRequest,
        _ decoder: any EventDecoder,
        lineLimit: Int? = nil
    ) -> EngineEventStream {
        let encoder = OllamaRequestEncoder(request: request)
        let (transport, path, model) = (self.transport, encoder.path, request.model)
        let plan = EngineEventStream.Plan(
            request: transport.request(
                "POST",
                path,
                body: encoder.body(truncates: false),
                requestID: request.requestID,
                trace: request.trace?.context
            ),
            isLoaded: request.isLoaded,
            timeLeft: request.timeLeft,
            decoder: decoder,
            lineLimit: lineLimit,
            answer: request.trace?.answer,
            notices: GenerationNotices(),
            onRefusal: { head, body in
                let refusal = EngineRefusal(status: head.status, body: body, to: request)
                guard let overflow = refusal.overflow, request.work.options.truncate != false else {
                    return .fail(EngineErrors.error(for: refusal, model: model))
                }
                let body = encoder.body(truncates: true)
                let again = transport.request(
                    "POST",
                    path,
                    body: body,
                    requestID: request.requestID,
                    trace: request.trace?.context
                )
                return .resend(again) {
                    $0.truncated = .init(prompt: overflow.prompt, context: overflow.context)
                }
            }
        )
        return EngineEventStream(transport: self.transport, plan: plan)
    }

    /// See ``Application/EngineClient/relay(of:as:)``.
    public func relay<Frame: Sendable>(of request: RelayedRequest, as frame: Frame.Type) -> EngineRelay<Frame>? {
        EngineRelay<ByteBuffer> { [transport = self.transport] job in
            RelayStream(
                transport: transport,
                request: transport.request(
                    "POST",
                    job.work.path,
                    body: RelayedBody.bytes(of: job),
                    contentType: job.work.contentType,
                    requestID: job.requestID,
                    trace: job.trace?.context
                ),
                job: job
            )
        } as? EngineRelay<Frame>
    }

    /// See ``Application/EngineClient/probe()``.
    public func probe() async throws -> EngineReport {
        try await self.prober.probe()
    }

    /// See ``Application/EngineClient/load(_:)``.
    public func load(_ model: ModelLoad) async throws -> Duration? {
        try await OllamaLoader(transport: self.transport).load(model)
    }

    /// See ``Application/EngineClient/unload(_:)``.
    public func unload(_ model: ModelLoad) async throws {
        try await OllamaLoader(transport: self.transport).unload(model)
    }

    /// See ``Application/EngineClient/administration``.
    public var administration: (any ModelAdministration)? { OllamaModels(transport: self.transport) }
}
