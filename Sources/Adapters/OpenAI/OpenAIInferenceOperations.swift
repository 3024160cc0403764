import Application
import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// OpenAI's routes for inference: `POST /v1/chat/completions`, `/v1/completions`, `/v1/responses` and `/v1/embeddings`.
///
/// `POST /api/v1/chat/completions` is the first under the predecessor's path, and `POST /api/v1/vlm/openai` the first with
/// fields that say in which form images are sent on.
struct OpenAIInferenceOperations: Sendable {
    let generate: GenerateUseCase
    let chat: ChatUseCase
    let vlm: VLMUseCase
    let embed: EmbedUseCase
    let ids: any IDGenerator
    let clock: any ServiceClock

    /// All of them.
    var all: [InferenceOperation] {
        ["/v1/chat/completions", "/api/v1/chat/completions"].map { path in
            self.operation(path, .chat, EngineFaultNames.chat) { try self.chat($0) }
        } + [
            self.operation("/api/v1/vlm/openai", .chat, EngineFaultNames.chat) { try self.vlm($0) },
            self.operation("/v1/completions", .generate, EngineFaultNames.completions) { try self.completion($0) },
            self.operation("/v1/responses", .chat, EngineFaultNames.responses) { try self.responses($0) },
            self.operation("/v1/embeddings", .embed, EngineFaultNames(names: [:])) { try self.embeddings($0) },
        ]
    }

    private func operation(
        _ path: String,
        _ operation: Operation,
        _ names: EngineFaultNames,
        _ read: @escaping @Sendable (JSONObject) throws -> any InferenceReading
    ) -> InferenceOperation {
        InferenceOperation(path: path, dialect: .openAI, operation: operation, faultNames: names, read: read)
    }

    private func chat(_ body: JSONObject) throws -> any InferenceReading {
        let read = try OpenAIChatReader.read(body)
        let shape = OpenAIChatShape(identity: self.identity("chatcmpl"))
        return self.reading(read, shape) { [chat] in
            try await chat.enter(read.request, call: $0)
        } choices: { [chat] in
            try await chat.enterChoices(read.request, call: $0)
        }
    }

    private func vlm(_ body: JSONObject) throws -> any InferenceReading {
        let read = try OpenAIChatReader.vlm(body)
        let shape = OpenAIChatShape(identity: self.identity("chatcmpl"))
        return self.reading(read, shape) { [vlm] in
            try await vlm.enter(read.request, call: $0)
        } choices: { [vlm] in
            try await vlm.enterChoices(read.request, call: $0)
        }
    }

    private func completion(_ body: JSONObject) throws -> any InferenceReading {
        let read = try OpenAICompletionReader.read(body)
        let shape = OpenAICompletionShape(identity: self.identity("cmpl"), echo: read.echo)
        return self.reading(read, shape) { [generate] in
            try await generate.enter(read.request, call: $0)
        } choices: { [generate] in
            try await generate.enterChoices(read.request, call: $0)
        }
    }

    private func responses(_ body: JSONObject) throws -> any InferenceReading {
        let read = try ResponsesReader.read(body)
        let form = ResponsesForm(
            identity: OpenAIIdentity(id: self.ids.next(), created: self.now),
            settings: read.settings,
            now: { self.now }
        )
        return InferenceRoute.Reading(form: form, isStreamed: read.isStreamed, ignored: read.ignored) { [chat] in
            try await chat.enter(read.request, call: $0)
        }
    }

    private func embeddings(_ body: JSONObject) throws -> any InferenceReading {
        let read = try OpenAIEmbeddingsReader.read(body)
        let form = OpenAIEmbeddingsForm(isBase64: read.isBase64)
        return InferenceRoute.Reading(form: form, isStreamed: false, ignored: read.ignored) { [embed] in
            try await embed.enter(read.request, call: $0)
        }
    }

    private func reading<Request, Shape: OpenAIShape>(
        _ read: OpenAIReading<Request>,
        _ shape: Shape,
        one: @escaping @Sendable (Call) async throws -> PendingExchange<GenerationEvent>,
        choices: @escaping @Sendable (Call) async throws -> PendingExchange<ChoiceEvent>
    ) -> any InferenceReading {
        let form = OpenAIForm(shape: shape, tellsUsage: read.tellsUsage)
        guard read.choices > 1 else {
            return InferenceRoute.Reading(form: form, isStreamed: read.isStreamed, ignored: read.ignored, enter: one)
        }
        let several = OpenAIChoicesForm(form: form, count: read.choices)
        return InferenceRoute.Reading(form: several, isStreamed: read.isStreamed, ignored: read.ignored, enter: choices)
    }

    private func identity(_ prefix: String) -> OpenAIIdentity {
        OpenAIIdentity(id: "\(prefix)-\(self.ids.next())", created: self.now)
    }

    /// The present, in seconds since 1970.
    private var now: Int { Int(self.clock.wallTime.timeIntervalSince1970) }
}
