import Domain

/// Options that change how a model sits in an engine's memory, for everybody who uses it.
///
/// A different `num_ctx` makes an engine load the model anew, and a long `keep_alive` keeps others from the memory: both are
/// the business of those who are allowed to.
enum RunnerOptions {
    /// The work as the engine is to get it.
    ///
    /// - Parameters:
    ///   - work: as the caller asks for it.
    ///   - project: who calls.
    ///   - loadedContext: the context length with which the model is loaded, in tokens, where known.
    ///   - keepAlive: the longest `keep_alive` that everybody may ask for; nil is no limit.
    ///   - stays: whether the model is to stay whatever anybody asks for.
    /// - Returns: the work, and what the caller should be told.
    /// - Throws: ``ServiceError`` `unsupported_field` for a context above the loaded one.
    static func normalised<Work: ExchangeWork>(
        _ work: Work,
        for project: Project,
        loadedContext: Int?,
        keepAlive: KeepAlive?,
        stays: Bool = false
    ) throws(ServiceError) -> (work: Work, keepAlive: KeepAliveChange?) {
        var work = work
        var options = work.options
        if let wanted = options.contextLength, !project.may(.runnerOptions) {
            if let loaded = loadedContext, wanted > loaded {
                throw ServiceError(
                    .unsupportedField,
                    field: "/num_ctx",
                    "The model is loaded with a context of \(loaded) tokens; \(wanted) need 'runner_options' in the "
                        + "project's 'may'."
                )
            }
            options.contextLength = nil
        }
        if stays {
            let isOverruled = options.keepAlive.map { $0.lengthInSeconds.isFinite } ?? false
            if isOverruled || options.keepAlive == nil { options.keepAlive = .forEver }
            work.options = options
            return (work, isOverruled ? .overruled : nil)
        }
        guard let wanted = options.keepAlive, let limit = keepAlive, limit < wanted, !project.may(.keepAlive) else {
            if options.contextLength != work.options.contextLength { work.options = options }
            return (work, nil)
        }
        options.keepAlive = limit
        work.options = options
        return (work, .lowered(limit))
    }
}
