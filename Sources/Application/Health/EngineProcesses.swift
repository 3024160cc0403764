#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// How the process of an engine is that this service runs.
public struct EngineProcessReport: Sendable {
    /// Its process id, while it runs.
    public var pid: Int32?
    /// When the present process was started.
    public var startedAt: Date?
    /// How often it has been started again.
    public var restarts: Int
    /// Why it ended last, with its last lines of output.
    ///
    /// For administrators: it may hold paths.
    public var lastError: String?
    /// The processor time that it takes with its models, 100 for each core; nil where that is not known.
    public var cpuPercent: Double?
    /// The memory that it takes with its models, in bytes; nil where that is not known.
    public var memoryBytes: Int?
    /// What its log tells, the oldest first.
    public var incidents: [EngineIncident] = []

    /// Creates a report.
    public init(pid: Int32?, startedAt: Date?, restarts: Int, lastError: String?) {
        self.pid = pid
        self.startedAt = startedAt
        self.restarts = restarts
        self.lastError = lastError
    }
}

/// Who runs engines on this machine: the port behind which the process manager stands.
public protocol EngineProcesses: Sendable {
    /// The process of an engine, or nil if this service does not run it.
    func report(on engine: EngineName) -> EngineProcessReport?

    /// Ends the process of an engine and starts it again at once.
    ///
    /// - Returns: whether this service runs the engine; else nothing is done.
    func restart(_ engine: EngineName) -> Bool
}
