/// Tells which profile this machine has, and how an Ollama is started on it.
public struct ModelProfileUseCase: Sendable {
    /// The profile, and why it was chosen.
    public let choice: ProfileChoice
    /// How an Ollama is started.
    public let plan: TuningPlan

    /// Creates the use case.
    public init(choice: ProfileChoice, plan: TuningPlan) {
        self.choice = choice
        self.plan = plan
    }
}
