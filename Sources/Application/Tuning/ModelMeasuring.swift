public import Domain

/// Finds out what models take: the port behind which an Ollama stands that has them.
public protocol ModelMeasuring: Sendable {
    /// What the models of an engine take; of those that it does not have nothing is said.
    ///
    /// - Parameter names: the models; nil is all.
    /// - Returns: their sizes and shapes.
    /// - Throws: ``ServiceError`` `engine_unavailable`, `engine_timeout` or `engine_error`.
    func footprints(of names: [ModelName]?) async throws -> [ModelFootprint]
}
