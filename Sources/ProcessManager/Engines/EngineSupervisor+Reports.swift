public import Application

extension EngineSupervisor: EngineProcesses {
    /// How many of the last lines of output explain why a process ended.
    private static let explainingLines = 5

    /// See ``Application/EngineProcesses/report(on:)``.
    public func report(on engine: EngineName) -> EngineProcessReport? {
        guard let process = self.process(of: engine) else { return nil }
        let lines = self.lastLines(of: engine).suffix(Self.explainingLines)
        let lastError = process.lastError.map { ([$0] + lines).joined(separator: "\n") }
        return EngineProcessReport(
            pid: process.pid,
            startedAt: process.startedAt,
            restarts: process.restarts,
            lastError: lastError
        )
    }
}
