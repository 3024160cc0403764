import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ServiceConfiguration {
    /// The words of `projects.N.may`.
    private static var permissionWords: String {
        Project.Permission.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    }

    /// Reads the projects.
    mutating func readProjects(_ reader: SettingsReader, secrets: SecretSource) {
        reader.read("max_unregistered_projects", into: &self.maxUnregisteredProjects, in: 0...10_000)
        var names: [ProjectName] = []
        var hashes: Set<KeyHash> = []
        let projects = reader.list("projects") { reader -> ConfiguredProject? in
            guard let project = ConfiguredProject(reader, secrets: secrets) else { return nil }
            let name = project.project.name
            if names.contains(name) { reader.fields.fault("name", "There are two projects '\(name)'.") }
            names.append(name)
            for hash in project.keyHashes where !hashes.insert(hash).inserted {
                reader.fields.fault(
                    "key_sha256",
                    "The hash that begins with \(hash.description.prefix(8)) is given twice."
                )
            }
            return project
        }
        if let projects { self.projects = projects }
    }

    /// Reads the words of `may`.
    fileprivate static func permissions(_ reader: SettingsReader) -> Set<Project.Permission> {
        var words: [String] = []
        reader.read("may", into: &words, atMost: 10)
        var permissions: Set<Project.Permission> = []
        for word in words {
            if let permission = Project.Permission(rawValue: word) {
                permissions.insert(permission)
            } else {
                reader.fields.fault("may", "'\(word.prefix(64))' is not one of \(self.permissionWords).")
            }
        }
        return permissions
    }
}

extension ServiceConfiguration.ConfiguredProject {
    /// Reads one project; nil, with a fault, if it has no name that can be used.
    fileprivate init?(_ reader: SettingsReader, secrets: SecretSource) {
        var name: String?
        var project = Project(name: .default)
        reader.read("name", into: &name, standard: "")
        let hashes = Self.hashes(reader)
        reader.read("role", into: &project.role)
        reader.read("weight", into: &project.weight, in: 0.01...1000)
        reader.read("priority", into: &project.priority)
        reader.read("concurrency", intoLimit: &project.concurrency, in: 1...100_000)
        reader.read("requests_per_minute", intoLimit: &project.requestsPerMinute, in: 1...1_000_000_000)
        reader.read("tokens_per_minute", intoLimit: &project.tokensPerMinute, in: 1...1_000_000_000_000)
        reader.read("tokens_per_day", intoLimit: &project.tokensPerDay, in: 1...1_000_000_000_000_000)
        reader.read("models", into: &project.models, atMost: 1000)
        Self.check(project.models, reader)
        project.permissions = ServiceConfiguration.permissions(reader)
        let webhook = Self.webhook(reader, secrets: secrets)
        guard let name = reader.fields.required("name", name) else { return nil }
        do {
            project.name = try ProjectName(name)
        } catch {
            reader.fields.fault("name", "A name is 1 to 64 characters of letters, digits, '.', '_' and '-'.")
            return nil
        }
        self.init(project, keyHashes: hashes, webhook: webhook)
    }

    private static func webhook(
        _ reader: SettingsReader,
        secrets: SecretSource
    ) -> ServiceConfiguration.Webhook? {
        var webhook: ServiceConfiguration.Webhook?
        reader.section("webhook") { reader in
            var url: String?
            reader.read("url", into: &url, standard: "")
            let file = reader.secretFile("secret_file")
            let secret = secrets.secret(at: "secret_file", path: file, reader.fields)
            // Without an address nobody is told.
            guard let url, !url.isEmpty else { return }
            let isWeb = url.hasPrefix("http://") || url.hasPrefix("https://")
            guard isWeb, !url.contains(where: \.isWhitespace), URL(string: url)?.host()?.isEmpty == false else {
                return reader.fields.fault("url", "A URL that starts with http:// or https:// is expected.")
            }
            // A file that cannot be read has its fault already.
            guard let secret else {
                if file == nil { _ = reader.fields.required("secret_file", file) }
                return
            }
            webhook = ServiceConfiguration.Webhook(url: url, secret: secret)
        }
        return webhook
    }

    private static func hashes(_ reader: SettingsReader) -> [KeyHash] {
        var texts: [String] = []
        reader.read("key_sha256", into: &texts, atMost: 100)
        return texts.compactMap { text in
            if let hash = KeyHash(hex: text) { return hash }
            // What stands there may be a key itself: it is not repeated.
            reader.fields.fault(
                "key_sha256",
                "A hash is 64 hexadecimal digits; this one has \(text.count) characters or others than digits. "
                    + "`printf %s KEY | sha256sum` makes one."
            )
            return nil
        }
    }

    private static func check(_ models: [String], _ reader: SettingsReader) {
        for model in models {
            do {
                _ = try ModelPattern(model)
            } catch {
                reader.fields.faults.add(reader.fields.pointer(to: "models"), error)
            }
        }
    }
}
