public import Application
import Domain

/// Reads the file with the profiles; config/model-profiles.yaml is one, and docs/tuning.md describes every key.
public enum ProfileFile {
    /// The most profiles in one file.
    private static let limit = 100

    /// Reads the file that is named, else the first of the usual ones that there is.
    ///
    /// - Parameters:
    ///   - path: the file; nil looks for the usual ones.
    ///   - readFile: how to read a file.
    /// - Returns: the profiles in their order; empty if nobody names a file and there is none.
    /// - Throws: everything that is wrong, at once.
    public static func load(
        _ path: String?,
        readFile: ConfigurationFile.Reading = ConfigurationFile.read
    ) throws(ConfigurationError) -> [ModelProfile] {
        for path in path.map({ [$0] }) ?? ServiceConfiguration.Profile.usualFiles {
            let text: String?
            do {
                text = try readFile(path)
            } catch {
                throw self.failure("The file '\(path)' cannot be read: \(error).")
            }
            if let text { return try self.parse(text, path: path) }
        }
        if let path { throw self.failure("There is no file '\(path)'.") }
        return []
    }

    /// Reads a YAML text.
    ///
    /// - Parameters:
    ///   - text: the text.
    ///   - path: the file that it stands in, for errors.
    /// - Returns: the profiles in their order.
    /// - Throws: everything that is wrong, at once.
    public static func parse(_ text: String, path: String) throws(ConfigurationError) -> [ModelProfile] {
        let file: SettingsFile
        do {
            file = try SettingsFile(text, path: path)
        } catch {
            throw ConfigurationError(problems: [error.problem])
        }
        let faults = FaultList()
        let reader = SettingsReader(file.root, faults: faults)
        let profiles = reader.list("profiles") { ModelProfile(reading: $0) } ?? []
        reader.fields.refuseUnknownFields()
        if profiles.count > self.limit {
            reader.fields.fault("profiles", "At most \(self.limit) profiles are allowed.")
        }
        var names: Set<String> = []
        for profile in profiles where !names.insert(profile.name).inserted {
            reader.fields.fault("profiles", "There are two profiles '\(profile.name)'.")
        }
        guard faults.all.isEmpty else {
            throw ConfigurationError(
                problems: faults.all.map { fault in
                    let place = file.origin(nearest: fault.pointer)
                    return .init(key: SettingsTree.dotted(fault.pointer), origin: place, detail: fault.detail)
                }
            )
        }
        return profiles
    }

    private static func failure(_ detail: String) -> ConfigurationError {
        ConfigurationError(problems: [.init(key: "profile.file", origin: nil, detail: detail)])
    }
}
