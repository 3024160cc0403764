import Application
import Domain
import Infrastructure
import ProcessManager

/// What this machine has, the profile that it gets, and how an Ollama is started on it.
struct EngineTuning: Sendable {
    let choice: ProfileChoice
    let plan: TuningPlan
    /// How long a model stays loaded when nobody uses it.
    let keepAlive: KeepAlive

    /// Decides by the configuration, the machine and the environment.
    ///
    /// - Parameters:
    ///   - configuration: what the user has set.
    ///   - machine: what there is.
    ///   - environment: the variables with which an Ollama would be started anyhow.
    ///   - models: what models take, where an engine has been asked; nil goes by the profile.
    /// - Throws: `ConfigurationError` for a profile that is not there, or a file that is wrong.
    init(
        _ configuration: ServiceConfiguration,
        machine: Machine,
        environment: [String: String],
        models: [ModelFootprint]? = nil
    ) throws(ConfigurationError) {
        let choice = try EngineTuning.choice(configuration, machine)
        let wish = EngineTuning.wish(configuration, choice, environment, models ?? choice.profile?.footprints ?? [])
        self.choice = choice
        self.keepAlive = wish.keepAlive.value
        self.plan = TuningPlanner(machine: machine, wish: wish).bestPlan()
    }

    /// The profile of a machine.
    static func choice(
        _ configuration: ServiceConfiguration,
        _ machine: Machine
    ) throws(ConfigurationError) -> ProfileChoice {
        let profiles = try ProfileFile.load(configuration.profile.file)
        do {
            return try ProfileChoice(of: profiles, for: machine, wish: configuration.profile.wish)
        } catch {
            let detail = (error as? ServiceError)?.message ?? "\(error)"
            throw ConfigurationError(problems: [.init(key: "profile.name", origin: nil, detail: detail)])
        }
    }

    /// What the hints of all profiles say of models.
    static func hints(_ configuration: ServiceConfiguration) throws(ConfigurationError) -> [ModelFootprint] {
        try ProfileFile.load(configuration.profile.file).flatMap(\.footprints)
    }

    /// What is wished of the engine of this machine.
    static func wish(
        _ configuration: ServiceConfiguration,
        _ choice: ProfileChoice,
        _ environment: [String: String],
        _ models: [ModelFootprint]
    ) -> TuningWish {
        let engine = configuration.managedEngine
        return TuningWish(
            models: models,
            profile: choice.profile,
            parallel: engine?.parallel.map { .init($0, by: "engines.0.parallel") },
            maxLoadedModels: engine?.maxLoadedModels.map { .init($0, by: "engines.0.max_loaded_models") },
            keepAlive: EngineTuning.keepAlive(configuration, choice.profile, environment),
            loadTimeout: configuration.timeouts.load,
            host: engine.flatMap { LocalEngineAddress(url: $0.url) }?.authority ?? "127.0.0.1:11434",
            environment: environment
        )
    }

    /// How long a model stays loaded: as configured, else as the environment tells Ollama, else as the profile wishes,
    /// else as Ollama has it.
    private static func keepAlive(
        _ configuration: ServiceConfiguration,
        _ profile: ModelProfile?,
        _ environment: [String: String]
    ) -> TuningWish.Fixed<KeepAlive> {
        let configured = configuration.processManager.keepAlive
        let isSet = configured != ServiceConfiguration.ProcessManager().keepAlive
        if isSet { return .init(configured, by: "process_manager.keep_alive") }
        let name = EngineVariable.keepAlive.rawValue
        if let text = environment[name], let users = KeepAlive(variable: text) { return .init(users, by: name) }
        if let wished = profile?.wishes.keepAlive { return .init(wished, by: "the profile") }
        return .init(configured, by: "process_manager.keep_alive")
    }
}

extension KeepAlive {
    /// Reads the variable as Ollama does: a whole number is seconds, else it is a duration.
    fileprivate init?(variable text: String) {
        let text = text.filter { !"\"' ".contains($0) }
        if let seconds = Int(text) {
            self = .seconds(Double(seconds))
        } else if let duration = try? KeepAlive(duration: text) {
            self = duration
        } else {
            return nil
        }
    }
}
