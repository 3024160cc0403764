import Domain

/// Reads how much memory and how many cores a Linux lets this process use.
///
/// Limits nest: the tightest from the process's own group up to the root counts. In a container the group's own path may
/// not be there, because the root that it sees is its own group.
///
/// Source: the kernel's `Documentation/admin-guide/cgroup-v2.rst` (`memory.max`, `cpu.max`) and
/// `Documentation/admin-guide/cgroup-v1/memory.rst` (`memory.limit_in_bytes`); `proc(5)` for `/proc/meminfo` and
/// `/proc/self/cgroup`.
struct LinuxLimits {
    let files: any SystemFiles

    /// The memory of the machine, in bytes: `MemTotal`.
    var totalMemory: Int? { self.memory("MemTotal:") }

    /// What programs can still get of it, in bytes: `MemAvailable`.
    var availableMemory: Int? { self.memory("MemAvailable:") }

    private func memory(_ field: String) -> Int? {
        guard let text = self.files.text(at: "/proc/meminfo") else { return nil }
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix(field) {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count == 3, words[2] == "kB", let number = Int(words[1]) else { return nil }
            return number * 1024
        }
        return nil
    }

    /// The tightest limit of memory, in bytes, and the file that says it; nil if there is none.
    ///
    /// A group without a limit says `max`, or in the first version a number above every memory.
    var memoryLimit: (bytes: Int, file: String)? {
        let candidates =
            self.files(named: "memory.max", controller: nil)
            + self.files(named: "memory.limit_in_bytes", controller: "memory")
        return candidates.compactMap { path in
            self.files.text(at: path).flatMap { Int($0[...].trimmed) }.map { (bytes: $0, file: path) }
        }
        .min { $0.bytes < $1.bytes }
    }

    /// The tightest limit of cores, at least 1; nil if there is none.
    var coreLimit: Int? {
        var limits: [Double] = []
        for path in self.files(named: "cpu.max", controller: nil) {
            let words = self.files.text(at: path)?.split(whereSeparator: \.isWhitespace) ?? []
            guard words.count == 2, let quota = Double(words[0]), let period = Double(words[1]), period > 0 else {
                continue
            }
            limits.append(quota / period)
        }
        for path in self.files(named: "cpu.cfs_quota_us", controller: "cpu") {
            let period = path.replacingLast("cpu.cfs_quota_us", "cpu.cfs_period_us")
            guard let quota = self.number(path), quota > 0, let per = self.number(period), per > 0 else { continue }
            limits.append(quota / per)
        }
        return limits.min().map { max(1, Int($0.rounded(.down))) }
    }

    private func number(_ path: String) -> Double? {
        self.files.text(at: path).flatMap { Double($0[...].trimmed) }
    }

    /// Where the files of the process's groups are, from its own up to the root.
    ///
    /// `controller`: of the first version, with a tree for each; nil is the second version.
    private func files(named name: String, controller: String?) -> [String] {
        guard let path = self.groupPath(controller) else { return [] }
        let tree = controller.map { "/sys/fs/cgroup/\($0)" } ?? "/sys/fs/cgroup"
        var parts = path.split(separator: "/")
        var files = ["\(tree)/\(name)"]
        while !parts.isEmpty {
            files.append("\(tree)/\(parts.joined(separator: "/"))/\(name)")
            parts.removeLast()
        }
        return files
    }

    /// The path of the process's group: `0::/path`, or `4:cpu,cpuacct:/path`.
    private func groupPath(_ controller: String?) -> Substring? {
        guard let text = self.files.text(at: "/proc/self/cgroup") else { return nil }
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isIt = controller.map { parts[1].split(separator: ",").contains(Substring($0)) }
            if isIt ?? (parts[0] == "0" && parts[1].isEmpty) { return parts[2] }
        }
        return nil
    }
}

extension String {
    /// The text with another end.
    fileprivate func replacingLast(_ end: String, _ other: String) -> String {
        self.hasSuffix(end) ? self.dropLast(end.count) + other : self
    }
}
