import Application
import Domain

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension ServiceConfiguration {
    /// Reads the configuration: built-in defaults, then the file, then the environment, then the flags.
    ///
    /// - Parameters:
    ///   - flags: the flags of the command line.
    ///   - environment: the variables of the process.
    ///   - isRoot: whether the service runs as root, which decides where its data is by default.
    ///   - readFile: how to read a file.
    /// - Returns: the configuration, and what an operator should know though it is no error.
    /// - Throws: everything that is wrong, at once.
    public static func load(
        flags: ServiceFlags,
        environment: [String: String],
        isRoot: Bool = ServiceConfiguration.isRunByRoot,
        readFile: @escaping ConfigurationFile.Reading = ConfigurationFile.read
    ) throws(ConfigurationError) -> (configuration: ServiceConfiguration, warnings: [String]) {
        var loader = ConfigurationLoader(flags: flags, environment: environment, isRoot: isRoot, readFile: readFile)
        return try loader.load()
    }

    /// Whether this process runs as root.
    public static var isRunByRoot: Bool { geteuid() == 0 }
}

/// The steps from the sources to a checked configuration.
struct ConfigurationLoader {
    let flags: ServiceFlags
    let environment: [String: String]
    let isRoot: Bool
    let readFile: ConfigurationFile.Reading
    var tree = SettingsTree()
    var problems: [ConfigurationProblem] = []
    var warnings: [String] = []

    init(
        flags: ServiceFlags,
        environment: [String: String],
        isRoot: Bool,
        readFile: @escaping ConfigurationFile.Reading
    ) {
        self.flags = flags
        self.environment = environment
        self.isRoot = isRoot
        self.readFile = readFile
    }

    mutating func load() throws(ConfigurationError) -> (configuration: ServiceConfiguration, warnings: [String]) {
        let hasFile = self.readSettingsFile()
        let variables = EnvironmentSettings(self.environment, into: &self.tree)
        self.problems += variables.problems
        self.problems += self.flags.apply(to: &self.tree)
        // Without the file most of what follows would only complain of what stands in it.
        guard hasFile else { throw ConfigurationError(problems: self.problems) }

        var configuration = ServiceConfiguration()
        let faults = FaultList()
        let reader = SettingsReader(self.tree.root, faults: faults)
        let secrets = self.flags.engineURL == nil ? variables.secrets : [:]
        configuration.read(reader, secrets: SecretSource(given: secrets, readFile: self.readFile))
        reader.fields.refuseUnknownFields()
        for fault in faults.all { self.add(fault.pointer, fault.detail) }
        if faults.all.count == FaultList.limit {
            self.problems.append(.init(key: "", origin: nil, detail: "There may be more: only the first are shown."))
        }

        self.chooseEngine(of: &configuration)
        self.checkAddresses(of: configuration)
        self.chooseDataDirectory(of: &configuration)
        guard self.problems.isEmpty else { throw ConfigurationError(problems: self.problems) }
        return (configuration, self.warnings)
    }

    /// Notes a problem with the setting at a JSON pointer.
    mutating func add(_ pointer: String, _ detail: String) {
        self.problems.append(
            .init(key: SettingsTree.dotted(pointer), origin: self.tree.origin(of: pointer), detail: detail)
        )
    }

    // MARK: The file

    /// Reads the file that is named, else the first of the usual ones that exists.
    ///
    /// False if it cannot be used.
    private mutating func readSettingsFile() -> Bool {
        if let path = self.flags.config { return self.read(named: path, by: .flag("--config")) }
        if let path = self.environment["SHARED_OLLAMA_CONFIG"], !path.isEmpty {
            return self.read(named: path, by: .environment("SHARED_OLLAMA_CONFIG"))
        }
        for path in ConfigurationFile.usualPaths {
            switch self.contents(of: path) {
            case .success(let text?): return self.parse(text, path)
            case .success(nil): continue
            case .failure(let error):
                return self.refuse(.file(path, line: nil), "The file cannot be read: \(error).")
            }
        }
        return true
    }

    private mutating func read(named path: String, by origin: ConfigurationProblem.Origin) -> Bool {
        switch self.contents(of: path) {
        case .success(let text?): self.parse(text, path)
        case .success(nil): self.refuse(origin, "There is no file '\(path)'.")
        case .failure(let error): self.refuse(origin, "The file '\(path)' cannot be read: \(error).")
        }
    }

    private func contents(of path: String) -> Result<String?, ConfigurationFile.ReadError> {
        do {
            return .success(try self.readFile(path))
        } catch {
            return .failure(error)
        }
    }

    private mutating func parse(_ text: String, _ path: String) -> Bool {
        do {
            let file = try SettingsFile(text, path: path)
            self.tree.replace(by: file.root, origins: file.origins)
            return true
        } catch {
            self.problems.append(error.problem)
            return false
        }
    }

    private mutating func refuse(_ origin: ConfigurationProblem.Origin, _ detail: String) -> Bool {
        self.problems.append(.init(key: "", origin: origin, detail: detail))
        return false
    }
}
