/// A way of starting an engine that is tried out.
public struct TrialSetting: Sendable, Hashable {
    /// The variables that differ from the way it is started now; none is that way itself.
    public let changes: [String: String]
    /// The most requests that it is given at once, at least 1.
    public let parallel: Int

    /// Describes a way.
    public init(changes: [String: String] = [:], parallel: Int) {
        self.changes = changes
        self.parallel = max(1, parallel)
    }

    /// The changes as a person reads them: `OLLAMA_FLASH_ATTENTION=1`, or `as it is`.
    public var label: String {
        guard !self.changes.isEmpty else { return "as it is" }
        return self.changes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}

/// An engine that was started to be tried out.
public protocol TrialEngine: Sendable {
    /// Speaks to it.
    var client: any EngineClient { get }
    /// How long it took from its start until it answered.
    var startTime: Duration { get }

    /// The memory that it takes with its models, in bytes; nil where that is not known.
    func memoryBytes() async -> Int?
}

/// Starts engines to be tried out: the port behind which processes stand.
public protocol TrialEngines: Sendable {
    /// Starts an engine, does something with it, and ends it, however that went.
    ///
    /// - Returns: what the body returns.
    /// - Throws: ``ServiceError`` `engine_unavailable` with the engine's last words if it does not start; what the body
    ///   throws.
    func withEngine<Value: Sendable>(
        _ setting: TrialSetting,
        _ body: @Sendable (any TrialEngine) async throws -> Value
    ) async throws -> Value
}
