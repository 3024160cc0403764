public import Domain

/// Has engines load and unload models: what the scheduler's decisions become.
///
/// How each ended comes back as an ``EngineEvent``.
public protocol ModelMover: Sendable {
    /// Loads a model, and returns when the engine has it or cannot have it.
    ///
    /// - Returns: what went wrong, if something did.
    @discardableResult
    func load(_ model: ModelName, on engine: EngineName) async -> ServiceError?

    /// Unloads a model, and returns when the engine no longer has it.
    ///
    /// - Returns: what went wrong, if something did; it is then told anew how the engine is.
    @discardableResult
    func unload(_ model: ModelName, on engine: EngineName) async -> ServiceError?
}
