public import Application
import Domain

/// Reads the scenario of a simulation.
public enum ScenarioFile {
    /// Reads a YAML file.
    ///
    /// - Parameters:
    ///   - path: where it is.
    ///   - readFile: how to read a file.
    /// - Returns: the scenario.
    /// - Throws: everything that is wrong, at once.
    public static func load(
        _ path: String,
        readFile: ConfigurationFile.Reading = ConfigurationFile.read
    ) throws(ConfigurationError) -> Scenario {
        let text: String?
        do {
            text = try readFile(path)
        } catch {
            throw self.failure("The file '\(path)' cannot be read: \(error).")
        }
        guard let text else { throw self.failure("There is no file '\(path)'.") }
        return try self.parse(text, path: path)
    }

    /// Reads a YAML text.
    ///
    /// - Parameters:
    ///   - text: the text.
    ///   - path: the file that it stands in, for errors.
    /// - Returns: the scenario.
    /// - Throws: everything that is wrong, at once.
    public static func parse(_ text: String, path: String) throws(ConfigurationError) -> Scenario {
        let file: SettingsFile
        do {
            file = try SettingsFile(text, path: path)
        } catch {
            throw ConfigurationError(problems: [error.problem])
        }
        let faults = FaultList()
        let reader = SettingsReader(file.root, faults: faults)
        var scenario = Scenario()
        scenario.read(reader)
        reader.fields.refuseUnknownFields()
        guard faults.all.isEmpty else {
            throw ConfigurationError(
                problems: faults.all.map { fault in
                    let place = file.origin(nearest: fault.pointer)
                    return .init(key: SettingsTree.dotted(fault.pointer), origin: place, detail: fault.detail)
                }
            )
        }
        return scenario
    }

    private static func failure(_ detail: String) -> ConfigurationError {
        ConfigurationError(problems: [.init(key: "", origin: nil, detail: detail)])
    }
}
