/// Tells which profile this machine has, and how an Ollama is started on it.
public struct ModelProfileUseCase: Sendable {
    /// The profile, and why it was chosen.
    public let choice: ProfileChoice
    /// How an Ollama is started.
    public let plan: TuningPlan
    private let warmUp: WarmUp?

    /// Creates the use case.
    ///
    /// `warmUp`: who loads the profile's models, if anybody does.
    public init(choice: ProfileChoice, plan: TuningPlan, warmUp: WarmUp?) {
        self.choice = choice
        self.plan = plan
        self.warmUp = warmUp
    }

    /// How far the models are that are warmed up.
    public var warmUpProgress: [WarmUp.Progress] { self.warmUp?.progress ?? [] }
}
