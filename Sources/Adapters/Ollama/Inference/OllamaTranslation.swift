import Application
import Domain
import NIOCore
import Synchronization

/// The answer of an engine that does not speak Ollama's dialect, in Ollama's words.
final class OllamaTranslation: EngineStream {
    typealias Frame = ByteBuffer

    private struct State {
        var collector = GenerationCollector()
        var isOver = false
    }

    private let base: any EngineStream<GenerationEvent>
    private let operation: OllamaOperation
    private let frames: OllamaFrames
    private let model: String
    private let isStreamed: Bool
    private let state = Mutex(State())

    private init(
        _ base: any EngineStream<GenerationEvent>,
        operation: OllamaOperation,
        model: String,
        isStreamed: Bool
    ) {
        self.base = base
        self.operation = operation
        self.model = model
        self.frames = OllamaFrames(model: model, isChat: operation == .chat)
        self.isStreamed = isStreamed
    }

    /// Translates a request and prepares its answer.
    ///
    /// - Throws: ``ServiceError`` for what the engine's kind has nothing like.
    static func stream(
        _ operation: OllamaOperation,
        _ job: EngineJob<RelayedRequest>,
        by client: any EngineClient
    ) throws -> any EngineStream<ByteBuffer> {
        let read = try OllamaRequestReader.read(job.work, operation)
        let base: any EngineStream<GenerationEvent> =
            if let work = read.work { try client.stream(job.with(work)) } else { NothingToDo(reason: read.reason) }
        return OllamaTranslation(
            base,
            operation: operation,
            model: read.model,
            isStreamed: job.work.isStreamed && read.work != nil
        )
    }

    var progress: GenerationProgress { self.base.progress }

    var notices: GenerationNotices {
        var notices = self.base.notices
        notices.contentType = self.isStreamed ? "application/x-ndjson" : OllamaForm.wholeType
        return notices
    }

    func cancel(_ error: ServiceError) {
        self.base.cancel(error)
    }

    func next() async throws -> ByteBuffer? {
        while let event = try await self.base.next() {
            if let frame = try self.frame(of: event) { return frame }
        }
        return nil
    }

    func buffered() throws -> ByteBuffer? {
        while let event = try self.base.buffered() {
            if let frame = try self.frame(of: event) { return frame }
        }
        return nil
    }

    private func frame(of event: GenerationEvent) throws -> ByteBuffer? {
        var buffer = ByteBuffer()
        guard self.isStreamed else {
            guard let result = self.state.withLock({ $0.collector.add(event, whole: true) }) else { return nil }
            buffer.writeBytes(self.whole(result))
            return buffer
        }
        if case .finished(let summary) = event {
            self.frames.appendEnd(summary, reason: OllamaFrames.reason(summary), to: &buffer)
            buffer.writeStaticString("\n")
        } else {
            self.frames.append(event, to: &buffer)
        }
        return buffer.readableBytes > 0 ? buffer : nil
    }

    private func whole(_ result: GenerationResult) -> [UInt8] {
        switch self.operation {
        case .generate, .chat:
            guard result.summary.isNothing else { return self.frames.whole(result) }
            var buffer = ByteBuffer()
            self.frames.appendEnd(nil, reason: result.summary.reason.rawValue, to: &buffer)
            return Array(buffer.readableBytesView)
        case .embed, .embeddings:
            var writer = JSONWriter(capacity: result.embeddings.reduce(256) { $0 + $1.count })
            writer.object { writer in
                if self.operation == .embeddings {
                    writer.key("embedding")
                    writer.raw(result.embeddings.first ?? Array("[]".utf8))
                } else {
                    writer.field("model", self.model)
                    writer.key("embeddings")
                    writer.array(result.embeddings) { $0.raw($1) }
                    if !result.embeddings.isEmpty {
                        writer.field("prompt_eval_count", result.summary.usage.promptTokens)
                    }
                }
            }
            return writer.bytes
        }
    }
}

/// The answer to a request that asks for nothing: the engine's models are always in its memory.
private final class NothingToDo: EngineStream {
    typealias Frame = GenerationEvent

    private let summary: GenerationSummary
    private let isOver = Mutex(false)

    init(reason: String) {
        self.summary = GenerationSummary(
            usage: TokenUsage(promptTokens: 0, completionTokens: 0),
            timings: EngineTimings(),
            reason: .init(rawValue: reason)
        )
    }

    var progress: GenerationProgress {
        var progress = GenerationProgress()
        progress.summary = self.isOver.withLock { $0 } ? self.summary : nil
        return progress
    }

    let notices = GenerationNotices()

    func next() async throws -> GenerationEvent? {
        let isFirst = self.isOver.withLock { isOver in
            defer { isOver = true }
            return !isOver
        }
        return isFirst ? .finished(self.summary) : nil
    }

    func buffered() throws -> GenerationEvent? { nil }

    func cancel(_ error: ServiceError) {}
}

extension GenerationSummary {
    /// Whether nothing has been generated because nothing was asked for.
    fileprivate var isNothing: Bool { ["load", "unload"].contains(self.reason.rawValue) }
}

extension GenerationCollector {
    /// Takes the next event; the whole answer if that was the last.
    fileprivate mutating func add(_ event: GenerationEvent, whole: Bool) -> GenerationResult? {
        self.add(event)
        if case .finished = event { return self.result }
        return nil
    }
}
