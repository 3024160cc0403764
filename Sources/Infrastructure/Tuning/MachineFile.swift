public import Domain

/// Reads the description of a machine, so that a plan can be made for one that is not there; config/machines has some.
public enum MachineFile {
    /// Where the examples are that can be named without a path.
    public static let examples = "config/machines"

    /// Reads a YAML file.
    ///
    /// - Parameters:
    ///   - name: a path, or the name of an example without `.yaml`.
    ///   - readFile: how to read a file.
    /// - Returns: the machine.
    /// - Throws: everything that is wrong, at once.
    public static func load(
        _ name: String,
        readFile: ConfigurationFile.Reading = ConfigurationFile.read
    ) throws(ConfigurationError) -> Machine {
        let isPath = name.contains("/") || name.hasSuffix(".yaml")
        let path = isPath ? name : "\(self.examples)/\(name).yaml"
        let text: String?
        do {
            text = try readFile(path)
        } catch {
            throw self.failure("The file '\(path)' cannot be read: \(error).")
        }
        guard let text else { throw self.failure("There is no file '\(path)'.") }
        return try self.parse(text, path: path)
    }

    /// Reads a YAML text: `architecture`, `cores`, `memory_mib`, `memory_limit`, `unified`, and `gpus` with `vendor`,
    /// `name` and `memory_mib`.
    public static func parse(_ text: String, path: String) throws(ConfigurationError) -> Machine {
        let file: SettingsFile
        do {
            file = try SettingsFile(text, path: path)
        } catch {
            throw ConfigurationError(problems: [error.problem])
        }
        let faults = FaultList()
        let reader = SettingsReader(file.root, faults: faults)
        var machine = Machine(architecture: "x86_64", cores: 1, memoryBytes: 0)
        reader.read("architecture", into: &machine.architecture)
        reader.read("cores", into: &machine.cores, in: 1...100_000)
        let memory = reader.fields.required("memory_mib", reader.fields.integer("memory_mib", in: 64...1_000_000_000))
        machine.memoryBytes = (memory ?? 0) * .mebibyte
        reader.read("memory_limit", into: &machine.memoryLimit)
        reader.read("unified", into: &machine.isUnified)
        machine.gpus = reader.list("gpus", self.gpu) ?? []
        if machine.isUnified, !machine.gpus.isEmpty {
            reader.fields.fault("gpus", "The GPU of a machine with unified memory has none of its own.")
        }
        reader.fields.refuseUnknownFields()
        guard faults.all.isEmpty else {
            throw ConfigurationError(
                problems: faults.all.map { fault in
                    let place = file.origin(nearest: fault.pointer)
                    return .init(key: SettingsTree.dotted(fault.pointer), origin: place, detail: fault.detail)
                }
            )
        }
        return machine
    }

    private static func gpu(_ reader: SettingsReader) -> Machine.GPU? {
        var vendor = Machine.GPU.Vendor.nvidia
        var name = "GPU"
        reader.read("vendor", into: &vendor)
        reader.read("name", into: &name)
        let memory = reader.fields.required("memory_mib", reader.fields.integer("memory_mib", in: 64...1_000_000_000))
        return memory.map { Machine.GPU(vendor: vendor, name: name, memoryBytes: $0 * .mebibyte) }
    }

    private static func failure(_ detail: String) -> ConfigurationError {
        ConfigurationError(problems: [.init(key: "--machine", origin: nil, detail: detail)])
    }
}
