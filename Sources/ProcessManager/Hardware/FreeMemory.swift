public import Application

/// Reads how much of its memory this machine has left.
///
/// `MemAvailable` counts what the kernel would give back of its caches. In a control group with a limit it is what is below
/// the limit without the cached files, which the kernel gives back as well.
///
/// Source: `proc_meminfo(5)`; the kernel's `Documentation/admin-guide/cgroup-v2.rst`, `memory.current` and `memory.stat`.
public struct FreeMemory: FreeMemoryReading {
    private let files: any SystemFiles

    /// Reads this machine.
    public init() {
        self.init(files: RealSystemFiles())
    }

    init(files: any SystemFiles) {
        self.files = files
    }

    /// See ``Application/FreeMemoryReading/availablePart()``.
    public func availablePart() -> Double? {
        let limits = LinuxLimits(files: self.files)
        guard let total = limits.totalMemory, total > 0, let available = limits.availableMemory else { return nil }
        let part = Double(available) / Double(total)
        guard let limit = limits.memoryLimit, limit.bytes < total, limit.bytes > 0,
            limit.file.hasSuffix("/memory.max")
        else { return part }
        let group = limit.file.dropLast("memory.max".count)
        guard let text = self.files.text(at: "\(group)memory.current"), let used = Int(text[...].trimmed) else {
            return part
        }
        let stat = self.files.text(at: "\(group)memory.stat") ?? ""
        let cached =
            stat.split(whereSeparator: \.isNewline).first { $0.hasPrefix("inactive_file ") }
            .flatMap { Int($0.dropFirst("inactive_file ".count).trimmed) } ?? 0
        return min(part, Double(limit.bytes - used + cached) / Double(limit.bytes))
    }
}
