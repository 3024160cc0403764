import Synchronization

@testable import Infrastructure

/// Files that exist only in a test, and what was read of them.
final class FakeFiles: Sendable {
    private let files: [String: String]
    private let unreadable: Set<String>
    private let reads = Mutex<[String]>([])

    init(_ files: [String: String] = [:], unreadable: Set<String> = []) {
        self.files = files
        self.unreadable = unreadable
    }

    var readPaths: [String] { self.reads.withLock { $0 } }

    func read(_ path: String) throws(ConfigurationFile.ReadError) -> String? {
        self.reads.withLock { $0.append(path) }
        if self.unreadable.contains(path) { throw ConfigurationFile.ReadError("Permission denied") }
        return self.files[path]
    }
}

/// Loads a configuration of what a test names and nothing else.
func loadConfiguration(
    yaml: String? = nil,
    environment: [String: String] = [:],
    flags: ServiceFlags = ServiceFlags(),
    files: [String: String] = [:],
    isRoot: Bool = false
) throws(ConfigurationError) -> (configuration: ServiceConfiguration, warnings: [String]) {
    var files = files
    if let yaml { files["config/service.yaml"] = yaml }
    let fake = FakeFiles(files)
    return try ServiceConfiguration.load(
        flags: flags,
        environment: ["HOME": "/home/me"].merging(environment) { $1 },
        isRoot: isRoot,
        readFile: fake.read
    )
}

/// What a configuration is refused for, as its operator reads it; empty if it is accepted.
func configurationProblems(
    yaml: String? = nil,
    environment: [String: String] = [:],
    flags: ServiceFlags = ServiceFlags(),
    files: [String: String] = [:]
) -> [String] {
    do {
        _ = try loadConfiguration(yaml: yaml, environment: environment, flags: flags, files: files)
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

/// Flags made by setting some of them.
func serviceFlags(_ set: (inout ServiceFlags) -> Void) -> ServiceFlags {
    var flags = ServiceFlags()
    set(&flags)
    return flags
}
