public import Domain

/// A model and the engines that can run it, best first.
public struct ModelTarget: Sendable {
    /// The model, as the caller spelt it.
    public let name: ModelName
    /// The engines; not empty.
    public let engines: [EngineName]
}

/// Finds the model that a request means and the engines that have it.
public struct ModelResolver: Sendable {
    private let directory: EngineDirectory
    private let monitor: EngineMonitor
    private let defaults: ModelDefaults
    private let profile: ModelDefaults

    /// Creates a resolver.
    ///
    /// - Parameters:
    ///   - directory: the engines.
    ///   - monitor: asks them anew.
    ///   - defaults: the models that the settings name: they are meant, whether an engine has them or not.
    ///   - profile: the models that the profile names: they are meant where an engine has them.
    public init(
        directory: EngineDirectory,
        monitor: EngineMonitor,
        defaults: ModelDefaults,
        profile: ModelDefaults = ModelDefaults()
    ) {
        self.directory = directory
        self.monitor = monitor
        self.defaults = defaults
        self.profile = profile
    }

    /// Resolves a name, or a role where the caller names no model.
    ///
    /// What is known may be a moment old, so before it says no it has the engines asked once more.
    ///
    /// - Throws: ``ServiceError`` `model_not_found`, `model_unavailable` while no engine can run it, or `engine_unavailable` while no engine answers.
    public func resolve(_ name: ModelName?, role: ModelRole) async throws -> ModelTarget {
        if let target = self.known(name, role: role) { return target }
        await self.monitor.refresh()
        // Who was not waited for has not said no.
        try Task.checkCancellation()
        if let target = self.known(name, role: role) { return target }
        guard self.directory.engines.contains(where: { $0.state == .up }) else {
            throw ServiceError(.engineUnavailable, "No engine answers.", retryAfter: .seconds(2))
        }
        if let name = name ?? self.defaultModel(for: role), let refusal = self.directory.refusal(of: name) {
            throw refusal
        }
        throw self.notFound(name ?? self.defaults[role]?.name, role: role)
    }

    /// The engines that can run a model, best first; before it says that there is none it has the engines asked once more.
    func engines(having name: ModelName) async -> [EngineName] {
        if let target = self.known(name, role: .text) { return target.engines }
        await self.monitor.refresh()
        return self.known(name, role: .text)?.engines ?? []
    }

    /// The engines that have a model as far as is known; nil if none has.
    func known(_ name: ModelName?, role: ModelRole) -> ModelTarget? {
        guard let name = name ?? self.defaultModel(for: role) else { return nil }
        let engines = self.directory.engines(having: name)
        guard !engines.isEmpty else { return nil }
        return ModelTarget(name: name, engines: engines)
    }

    /// The configured model; else the profile's, if an engine has it; else one that is loaded, else the one that was changed last, of those that can play the
    /// role.
    ///
    /// A bundled engine's model only where no other engine has one.
    private func defaultModel(for role: ModelRole) -> ModelName? {
        if let model = self.defaults[role] { return model.name }
        let engines = self.directory.engines.filter { $0.state == .up }
        if let model = self.profile[role], engines.contains(where: { $0.model(model.name) != nil }) {
            return model.name
        }
        for isBundled in [false, true] {
            let models = engines.filter { $0.client.identity.isBundled == isBundled }.flatMap { engine in
                (engine.report?.models ?? []).filter { $0.capabilities.contains(role.capability) }
                    .map { (model: $0, isLoaded: engine.loadedModel($0.name) != nil) }
            }
            func rank(_ entry: (model: ModelInfo, isLoaded: Bool)) -> (Int, String) {
                (entry.isLoaded ? 1 : 0, entry.model.modifiedAt ?? "")
            }
            let best = models.max { rank($0) < rank($1) }
            if let best { return best.model.name }
        }
        return nil
    }

    private func notFound(_ name: ModelName?, role: ModelRole) -> ServiceError {
        guard let name else {
            return ServiceError(
                .modelNotFound,
                "No engine has a \(role.rawValue) model. Fetch one with 'ollama pull \(role.exampleModel)'.",
                isRetryable: false
            )
        }
        return ServiceError(
            .modelNotFound,
            "No engine has the model '\(name.spelling)'. Fetch it with 'ollama pull \(name.spelling)', or see GET /api/v1/models.",
            faults: [FieldFault(pointer: "/model", detail: "No engine has this model.")],
            isRetryable: false
        )
    }
}

extension ModelRole {
    /// A small model that plays the role, for the text that says how to get one.
    fileprivate var exampleModel: String {
        switch self {
        case .text: "llama3.2:3b"
        case .vision: "qwen2.5vl:3b"
        case .embedding: "nomic-embed-text"
        }
    }
}
