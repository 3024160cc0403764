import Domain

/// Tells the version of the Ollama behind the service: clients choose by it what they ask for.
public struct EngineVersionUseCase: Sendable {
    private let directory: EngineDirectory
    private let monitor: EngineMonitor

    /// Creates the use case.
    public init(directory: EngineDirectory, monitor: EngineMonitor) {
        self.directory = directory
        self.monitor = monitor
    }

    /// The version of the first Ollama that is up, else of one that was; nil if there is none.
    public func version() async -> String? {
        if let version = self.known { return version }
        guard self.directory.engines.contains(where: { $0.client.identity.kind == .ollama }) else { return nil }
        await self.monitor.refresh()
        return self.known
    }

    private var known: String? {
        let engines = self.directory.engines.filter { $0.client.identity.kind == .ollama && $0.report != nil }
        return (engines.first { $0.state == .up } ?? engines.first)?.report?.version
    }
}
