import Domain

extension LimitKeeper {
    /// Checks that a call may use a model, and takes what it is going to use out of its project's limits.
    ///
    /// The reserve is settled when the call's record is closed, whatever way that comes.
    ///
    /// - Throws: ``ServiceError`` `model_not_allowed`, `rate_limited` or `quota_exceeded`.
    func admit(_ work: EngineWork, model: ModelName, call: Call) throws {
        guard call.project.mayUse(model) else { throw ServiceError.modelNotAllowed(model, call.project) }
        let estimate = Estimate(
            promptTokens: Estimate.tokens(ofBytes: work.promptBytes),
            maxTokens: work.options.maxTokens
        )
        call.entry.hold(try self.reserve(call.project, model: model, estimate))
    }
}

extension EngineWork {
    /// The bytes of the prompt's text.
    fileprivate var promptBytes: Int {
        switch self {
        case .generate(let request): request.prompt.text.utf8.count + (request.system?.text.utf8.count ?? 0)
        case .chat(let request): request.messages.reduce(0) { $0 + $1.content.utf8.count }
        }
    }
}

extension ServiceError {
    static func modelNotAllowed(_ model: ModelName, _ project: Project) -> ServiceError {
        ServiceError(
            .modelNotAllowed,
            "The project '\(project.name)' may not use the model '\(model.spelling)'; GET /api/v1/models lists those "
                + "that it may.",
            isRetryable: false
        )
    }
}
