import Domain

/// Reads what `sysctl` prints on a Mac.
///
/// Source: Apple's `sysctl(3)`: `hw.memsize` is the memory in bytes, `hw.ncpu` the cores; `hw.optional.arm64` is 1 on
/// Apple's own chips, whose GPU shares the memory.
enum AppleSystem {
    static let program = "/usr/sbin/sysctl"
    static let arguments = ["hw.memsize", "hw.ncpu", "hw.optional.arm64"]

    /// The machine in lines of `key: value`; nil if they do not tell its memory.
    static func parse(_ text: String) -> Machine? {
        var values: [Substring: Int] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let number = Int(parts[1].trimmed) else { continue }
            values[parts[0].trimmed] = number
        }
        guard let memory = values["hw.memsize"], memory > 0 else { return nil }
        let isApple = values["hw.optional.arm64"] == 1
        return Machine(
            architecture: isApple ? "arm64" : "x86_64",
            cores: max(1, values["hw.ncpu"] ?? 1),
            memoryBytes: memory,
            isUnified: isApple
        )
    }
}
