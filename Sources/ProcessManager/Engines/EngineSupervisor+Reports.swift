public import Application
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension EngineSupervisor: EngineProcesses {
    /// How many of the last lines of output explain why a process ended.
    private static let explainingLines = 5

    /// See ``Application/EngineProcesses/report(on:)``.
    public func report(on engine: EngineName) -> EngineProcessReport? {
        guard let process = self.process(of: engine) else { return nil }
        let lines = self.lastLines(of: engine).suffix(Self.explainingLines)
        let lastError = process.lastError.map { ([$0] + lines).joined(separator: "\n") }
        var report = EngineProcessReport(
            pid: process.pid,
            startedAt: process.startedAt,
            restarts: process.restarts,
            lastError: lastError
        )
        report.incidents = process.incidents
        if let reading = process.pid.flatMap({ pid in self.meter.withLock { $0.readings[pid] } }) {
            report.cpuPercent = reading.cpuPercent
            report.memoryBytes = reading.memoryBytes
        }
        return report
    }
}

extension EngineSupervisor {
    /// Looks what the processes of our engines take.
    func measure() {
        let pids = self.state.withLock { [$0.local, $0.bundled].compactMap { $0?.snapshot.pid } }
        let now = Duration.nanoseconds(self.needs.clock.now.nanoseconds)
        guard !pids.isEmpty, self.meter.withLock({ $0.isDue(at: now) }) else { return }
        let usages = ProcessUsage.ofGroups(Set(pids), RealSystemFiles(), pageSize: Int(getpagesize()))
        self.meter.withLock { $0.take(usages, at: now) }
    }
}
