public import Domain

/// A model that is to stay in the memory of an engine.
public struct ModelPin: Sendable, Hashable {
    /// The model.
    public let model: ModelName
    /// The engine.
    public let engine: EngineName

    /// Describes a pin.
    public init(model: ModelName, engine: EngineName) {
        self.model = model
        self.engine = engine
    }
}

/// Keeps pins over a restart.
///
/// Every method throws an error of the store, which is for operators.
public protocol PinStore: Sendable {
    /// All pins, in the order in which they were added.
    func pins() async throws -> [ModelPin]
    /// Keeps a pin; one that is there already is left as it is.
    func add(_ pin: ModelPin) async throws
    /// Removes a pin, if it is there.
    func remove(_ pin: ModelPin) async throws
}
