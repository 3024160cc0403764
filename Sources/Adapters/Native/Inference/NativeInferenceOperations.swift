import Application
import Domain

/// `POST /api/v1/generate`, `/api/v1/chat`, `/api/v1/vlm` and `/api/v1/embeddings`.
struct NativeInferenceOperations: Sendable {
    let generate: GenerateUseCase
    let chat: ChatUseCase
    let vlm: VLMUseCase
    let embed: EmbedUseCase

    /// All of them.
    var all: [InferenceOperation] {
        [
            InferenceOperation(path: "/api/v1/generate", dialect: .native, operation: .generate) { body in
                let read = try NativeRequestReader.generate(body)
                return InferenceRoute.Reading(form: NativeForm(shape: .text), isStreamed: read.isStreamed) { call in
                    try await self.generate.enter(read.request, call: call)
                }
            },
            InferenceOperation(path: "/api/v1/chat", dialect: .native, operation: .chat) { body in
                let read = try NativeRequestReader.chat(body)
                return InferenceRoute.Reading(form: NativeForm(shape: .message), isStreamed: read.isStreamed) { call in
                    try await self.chat.enter(read.request, call: call)
                }
            },
            InferenceOperation(path: "/api/v1/vlm", dialect: .native, operation: .chat) { body in
                let read = try NativeRequestReader.vlm(body)
                return InferenceRoute.Reading(form: NativeForm(shape: .vlm), isStreamed: read.isStreamed) { call in
                    try await self.vlm.enter(read.request, call: call)
                }
            },
            InferenceOperation(path: "/api/v1/embeddings", dialect: .native, operation: .embed) { body in
                let (read, prompt) = try NativeRequestReader.embeddings(body)
                return InferenceRoute.Reading(form: NativeEmbeddingsForm(prompt: prompt), isStreamed: false) { call in
                    try await self.embed.enter(read, call: call)
                }
            },
        ]
    }
}
