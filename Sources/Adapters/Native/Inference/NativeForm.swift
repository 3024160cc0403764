import Application
import Domain
import NIOCore

/// The native form of a generation.
struct NativeForm: EventForm {
    /// What an answer is called.
    let shape: NativeAnswers.Shape

    let streamType = "text/event-stream"
    let takesComments = true

    func body(_ result: GenerationResult, of exchange: Exchange<GenerationEvent>) -> [UInt8] {
        NativeAnswers(result.summary, exchange: exchange).body(result, shape: self.shape)
    }

    func frames(of exchange: Exchange<GenerationEvent>) -> NativeFrames {
        NativeFrames(model: exchange.model.spelling, requestID: exchange.entry.requestID, shape: self.shape)
    }

    func appendFailure(_ error: ServiceError, requestID: RequestID, to buffer: inout ByteBuffer) {
        NativeFrames.appendFailure(error, requestID: requestID, to: &buffer)
    }

    func stream(_ result: GenerationResult, of exchange: Exchange<GenerationEvent>) -> [UInt8] {
        NativeFrames.whole(result, NativeAnswers(result.summary, exchange: exchange), shape: self.shape)
    }
}

/// The native form of vectors: `{embedding, embeddings, model, prompt, latency_ms, prompt_eval_count}`.
struct NativeEmbeddingsForm: WholeForm {
    /// The caller's text, if it was one.
    let prompt: String?

    func body(_ result: GenerationResult, of exchange: Exchange<GenerationEvent>) -> [UInt8] {
        var writer = JSONWriter(capacity: result.embeddings.reduce(512) { $0 + 2 * $1.count })
        writer.object { writer in
            writer.key("embedding")
            writer.raw(result.embeddings.first ?? Array("[]".utf8))
            writer.key("embeddings")
            writer.array(result.embeddings) { $0.raw($1) }
            writer.field("model", exchange.model.spelling)
            writer.nullable("prompt", self.prompt)
            NativeAnswers(result.summary, exchange: exchange).writeFigures(ofVectors: &writer)
        }
        return writer.bytes
    }
}
