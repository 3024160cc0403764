public import Domain

/// Has engines load and unload models: what the scheduler's decisions become.
///
/// How each ended comes back as an ``EngineEvent``.
public protocol ModelMover: Sendable {
    /// Loads a model, and returns when the engine has it or cannot have it.
    ///
    /// - Parameters:
    ///   - model: the name that the engine is to be asked for.
    ///   - runner: the name under which the model is scheduled, by which the end is reported.
    ///   - engine: whom to ask.
    /// - Returns: what went wrong, if something did.
    @discardableResult
    func load(_ model: ModelName, as runner: ModelName, on engine: EngineName) async -> ServiceError?

    /// Unloads a model, and returns when the engine no longer has it.
    ///
    /// - Returns: what went wrong, if something did; it is then told anew how the engine is.
    @discardableResult
    func unload(_ model: ModelName, on engine: EngineName) async -> ServiceError?
}
