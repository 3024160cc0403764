public import Application
public import Domain
import NIOCore

/// A server that speaks OpenAI's API: llama.cpp's server, vLLM and others.
public struct OpenAIEngineClient: EngineClient {
    /// Who it is.
    public let identity: EngineIdentity
    private let transport: EngineTransport

    /// Creates a client; nothing is sent yet.
    public init(identity: EngineIdentity, transport: EngineTransport) {
        self.identity = identity
        self.transport = transport
    }

    /// See ``Application/EngineClient/stream(_:)``.
    public func stream(_ request: EngineRequest) throws -> any EngineStream<GenerationEvent> {
        try OpenAIEngineClient.check(request)
        if case .embed = request.work {
            return self.stream(request, EmbeddingsDecoder(), lineLimit: EmbeddingsDecoder.limit)
        }
        return self.stream(request, OpenAIChunkDecoder())
    }

    private func stream(
        _ request: EngineRequest,
        _ decoder: any EventDecoder,
        lineLimit: Int? = nil
    ) -> EngineEventStream {
        let encoder = OpenAIRequestEncoder(request: request)
        var notices = GenerationNotices()
        notices.ignoredFields = encoder.ignoredFields
        let plan = EngineEventStream.Plan(
            request: self.transport.request(
                "POST",
                encoder.path,
                body: encoder.body(),
                requestID: request.requestID,
                trace: request.trace?.context
            ),
            isLoaded: request.isLoaded,
            timeLeft: request.timeLeft,
            decoder: decoder,
            lineLimit: lineLimit,
            answer: request.trace?.answer,
            notices: notices,
            onRefusal: { [model = request.model] head, body in
                .fail(EngineErrors.error(for: EngineRefusal(status: head.status, body: body), model: model))
            }
        )
        return EngineEventStream(transport: self.transport, plan: plan)
    }

    /// See ``Application/EngineClient/countTokens(of:)``.
    public func countTokens(of request: EngineRequest) async throws -> Int? {
        try await OpenAITokenCounter(transport: self.transport).count(request)
    }

    /// See ``Application/EngineClient/relay(of:as:)``.
    public func relay<Frame: Sendable>(of request: RelayedRequest, as frame: Frame.Type) -> EngineRelay<Frame>? {
        guard request.path.hasPrefix("/v1/") else { return nil }
        return EngineRelay<ByteBuffer> { [transport = self.transport] job in
            RelayStream(
                transport: transport,
                request: transport.request(
                    "POST",
                    job.work.path,
                    body: job.work.body,
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
        try await OpenAIProber(transport: self.transport).probe()
    }

    /// Does nothing: these servers have what they list in memory.
    public func load(_ model: ModelLoad) async throws -> Duration? { nil }

    /// Does nothing: these servers have what they list in memory.
    public func unload(_ model: ModelLoad) async throws {}

    /// These servers load a model with one context length, which a request cannot change.
    private static func check(_ request: EngineRequest) throws {
        guard let wanted = request.work.options.contextLength, let loaded = request.loadedContext, wanted > loaded
        else {
            return
        }
        throw ServiceError(
            .unsupportedField,
            field: "/num_ctx",
            "A context of \(wanted) tokens is asked for; this engine has loaded the model with \(loaded)."
        )
    }
}
