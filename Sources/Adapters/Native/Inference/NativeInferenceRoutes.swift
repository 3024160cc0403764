import Application
import Domain
import Hummingbird

/// `POST /api/v1/generate`, `POST /api/v1/chat` and `POST /api/v1/embeddings`.
struct NativeInferenceRoutes: Sendable {
    let generate: GenerateUseCase
    let chat: ChatUseCase
    let embed: EmbedUseCase
    let route: InferenceRoute

    func addRoutes(to router: Router<ServiceContext>) {
        router.post("/api/v1/generate") { request, context in
            try await self.route.answer(request, context, .generate) { body in
                let read = try NativeRequestReader.generate(body)
                return InferenceRoute.Reading(form: NativeForm(shape: .text), isStreamed: read.isStreamed) { call in
                    try await self.generate.enter(read.request, call: call)
                }
            }
        }
        router.post("/api/v1/chat") { request, context in
            try await self.route.answer(request, context, .chat) { body in
                let read = try NativeRequestReader.chat(body)
                return InferenceRoute.Reading(form: NativeForm(shape: .message), isStreamed: read.isStreamed) { call in
                    try await self.chat.enter(read.request, call: call)
                }
            }
        }
        router.post("/api/v1/embeddings") { request, context in
            try await self.route.answer(request, context, .embed) { body in
                let (read, prompt) = try NativeRequestReader.embeddings(body)
                return InferenceRoute.Reading(form: NativeEmbeddingsForm(prompt: prompt), isStreamed: false) { call in
                    try await self.embed.enter(read, call: call)
                }
            }
        }
    }
}
