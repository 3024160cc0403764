public import Application
import Domain
import HTTPTypes

/// Runs items of batches: the same readers, use cases and forms as the routes, without HTTP.
public struct InferenceItems: BatchItemRunner {
    /// What the items call.
    public struct UseCases: Sendable {
        let generate: GenerateUseCase
        let chat: ChatUseCase
        let vlm: VLMUseCase
        let embed: EmbedUseCase

        /// Puts the use cases together.
        public init(generate: GenerateUseCase, chat: ChatUseCase, vlm: VLMUseCase, embed: EmbedUseCase) {
            self.generate = generate
            self.chat = chat
            self.vlm = vlm
            self.embed = embed
        }
    }

    private let operations: [String: InferenceOperation]
    private let telemetry: Telemetry

    /// Puts the parts together.
    public init(_ useCases: UseCases, telemetry: Telemetry, ids: any IDGenerator) {
        let native = NativeInferenceOperations(
            generate: useCases.generate,
            chat: useCases.chat,
            vlm: useCases.vlm,
            embed: useCases.embed
        )
        let openAI = OpenAIInferenceOperations(
            generate: useCases.generate,
            chat: useCases.chat,
            vlm: useCases.vlm,
            embed: useCases.embed,
            ids: ids,
            clock: telemetry.clock
        )
        self.init(native.all + openAI.all, telemetry: telemetry)
    }

    init(_ operations: [InferenceOperation], telemetry: Telemetry) {
        self.operations = Dictionary(operations.map { ($0.path, $0) }) { first, _ in first }
        self.telemetry = telemetry
    }

    /// The paths of the operations that items may ask for.
    public var paths: Set<String> { Set(self.operations.keys) }

    /// Runs an item as its route would: see ``Application/BatchItemRunner/run(_:)``.
    public func run(_ item: BatchItemRequest) async -> BatchItemAnswer {
        let shape = ErrorShape(path: item.path)
        guard let operation = self.operations[item.path] else {
            return InferenceItems.failure(.noSuchRoute(item.path), of: item, in: shape)
        }
        let entry = RequestEntry(
            requestID: item.requestID,
            project: item.project.name,
            dialect: operation.dialect,
            operation: operation.operation,
            origin: TraceOrigin(context: item.trace),
            telemetry: self.telemetry,
            statusOf: { shape.status(of: $0).code }
        )
        do {
            let whole = try await InferenceItems.answer(item, operation, entry)
            return BatchItemAnswer(
                requestID: item.requestID,
                status: whole.answer.status,
                body: whole.answer.body,
                usage: entry.usage
            )
        } catch {
            let error = operation.faultNames.told(error)
            entry.fail(error)
            let told = error as? ServiceError ?? (error is CancellationError ? .callerLeft : .unexpected)
            return InferenceItems.failure(told, of: item, in: shape)
        }
    }

    private static func answer(
        _ item: BatchItemRequest,
        _ operation: InferenceOperation,
        _ entry: RequestEntry
    ) async throws -> WholeAnswer {
        let reading = try operation.read(item.body)
        guard !reading.isStreamed else {
            throw ServiceError(
                .unsupportedField,
                field: "/stream",
                "An item of a batch cannot be streamed; leave 'stream' out."
            )
        }
        let call = Call(
            entry: entry,
            bodyBytes: item.bodyBytes,
            project: item.project,
            requestClass: item.requestClass,
            deadline: item.deadline,
            isBackground: item.isBackground
        )
        return try await reading.whole(call)
    }

    private static func failure(
        _ error: ServiceError,
        of item: BatchItemRequest,
        in shape: ErrorShape
    ) -> BatchItemAnswer {
        let (status, body) = shape.rendered(error, requestID: item.requestID, instance: item.path)
        return BatchItemAnswer(requestID: item.requestID, status: status, body: body, error: error)
    }
}

extension ServiceError {
    /// No items can be for this route.
    fileprivate static func noSuchRoute(_ path: String) -> ServiceError {
        ServiceError(.notFound, "No items of batches can be for '\(path)'.", isRetryable: false)
    }
}
