public import Domain

extension LimitKeeper {
    /// Checks that a call may use a model, and takes what it is going to use out of its project's limits.
    ///
    /// The reserve is settled when the call's record is closed, whatever way that comes.
    ///
    /// - Throws: ``ServiceError`` `model_not_allowed`, `prompt_too_large`, `rate_limited` or `quota_exceeded`.
    func admit(_ work: some ExchangeWork, model: ModelName, call: Call) throws {
        guard call.project.mayUse(model) else { throw ServiceError.modelNotAllowed(model, call.project) }
        let promptTokens = Estimate.tokens(ofBytes: work.promptBytes)
        if self.promptTokens > 0, promptTokens > self.promptTokens {
            throw ServiceError.promptTooLarge(estimate: promptTokens, limit: self.promptTokens)
        }
        let estimate = Estimate(
            promptTokens: promptTokens,
            maxTokens: work.options.maxTokens,
            count: work.options.choices ?? 1
        )
        call.entry.hold(try self.reserve(call.project, model: model, estimate))
    }
}

extension ServiceError {
    fileprivate static func promptTooLarge(estimate: Int, limit: Int) -> ServiceError {
        ServiceError(
            .promptTooLarge,
            "The prompt has about \(estimate) tokens; this service takes \(limit) (limits.prompt_tokens).",
            isRetryable: false
        )
    }

    /// The project may not use the model.
    public static func modelNotAllowed(_ model: ModelName, _ project: Project) -> ServiceError {
        ServiceError(
            .modelNotAllowed,
            "The project '\(project.name)' may not use the model '\(model.spelling)'; GET /api/v1/models lists those "
                + "that it may.",
            isRetryable: false
        )
    }
}
