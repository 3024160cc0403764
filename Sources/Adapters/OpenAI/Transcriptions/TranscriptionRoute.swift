import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// `POST /v1/audio/transcriptions`: handed on to an engine that has the route, the form and the answer byte for byte.
///
/// Source: OpenAI's API reference; Ollama has the route under the same path.
struct TranscriptionRoute: Sendable {
    private static let path = "/v1/audio/transcriptions"

    let relay: RelayUseCase
    let route: InferenceRoute

    func addRoutes(to router: Router<ServiceContext>) {
        router.post(RouterPath(Self.path)) { request, context in
            let type = request.headers[.contentType]
            return try await self.route.answer(context.service, .transcribe, told: { $0 }) { bytes in
                let boundary = try MultipartForm.boundary(in: type)
                return try self.reading(try MultipartForm(bytes, boundary: boundary), bytes, boundary)
            }
        }
    }

    private func reading(_ form: MultipartForm, _ bytes: [UInt8], _ boundary: String) throws -> any InferenceReading {
        for name in ["file", "model"] where !form.names.contains(name) {
            throw ServiceError(.invalidRequest, field: "/\(name)", "The field '\(name)' is missing.")
        }
        let model: ModelName
        do {
            model = try ModelName(form.values["model"] ?? "")
        } catch let error as ServiceError {
            throw ServiceError(error.code, field: "/model", error.message)
        }
        let isStreamed = form.values["stream"] == "true"
        let request = RelayedRequest(
            .transcribe,
            path: Self.path,
            body: bytes,
            // Said anew: nothing of the caller's head reaches an engine.
            contentType: "multipart/form-data; boundary=\"\(boundary)\"",
            isStreamed: isStreamed,
            options: GenerationOptions(),
            promptBytes: TranscriptionRoute.promptBytes(of: form)
        )
        return InferenceRoute.Reading(form: TranscriptionForm(), isStreamed: isStreamed) { [relay] call in
            try await relay.enter(request, model: model, role: .text, call: call) {
                _,
                _ -> any EngineStream<ByteBuffer> in
                throw ServiceError(
                    .notSupportedByEngine,
                    "The engine cannot write down recordings.",
                    isRetryable: false
                )
            }
        }
    }

    /// About as many bytes as a text with as many tokens would have.
    ///
    /// How long a recording is, nobody knows before it is decoded: at 128 kbit/s, where models hear some 6 tokens a second,
    /// 640 bytes of sound are as much as one of text.
    static func promptBytes(of form: MultipartForm) -> Int {
        form.fileBytes / 640 + (form.values["prompt"]?.utf8.count ?? 0)
    }
}

/// The form of a transcription: the engine's bytes.
struct TranscriptionForm: PassingForm {
    let streamType = "text/event-stream"
    let takesComments = true
    let wholeType = "application/json"

    func appendFailure(_ error: ServiceError, requestID: RequestID, to buffer: inout ByteBuffer) {
        OpenAIFrameWriter.append(ErrorShape.openAI.body(of: error, requestID: requestID), to: &buffer)
    }

    func appendFailure(
        _ error: ServiceError,
        after frames: PassedOn,
        requestID: RequestID,
        to buffer: inout ByteBuffer
    ) {
        // An engine may have broken off in the middle of an event.
        if frames.isInLine { buffer.writeStaticString("\n\n") }
        self.appendFailure(error, requestID: requestID, to: &buffer)
    }
}
