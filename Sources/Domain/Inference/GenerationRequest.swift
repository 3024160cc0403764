/// A prompt to be continued.
public struct GenerationRequest: Sendable, Hashable {
    /// The model that the caller names, or nil for the default one.
    public var model: ModelName?
    /// What to continue.
    public var prompt: Prompt
    /// What the model is told first.
    public var system: SystemMessage?
    /// How to generate.
    public var options: GenerationOptions

    /// Creates a request.
    public init(model: ModelName?, prompt: Prompt, system: SystemMessage?, options: GenerationOptions) {
        self.model = model
        self.prompt = prompt
        self.system = system
        self.options = options
    }
}
