/// Everything that is wrong with the configuration, at once.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The problems, in the order in which they were found; not empty.
    public let problems: [ConfigurationProblem]

    /// Collects problems.
    public init(problems: [ConfigurationProblem]) {
        self.problems = problems
    }

    /// A heading and one line a problem.
    public var description: String {
        let count = self.problems.count == 1 ? "an error" : "\(self.problems.count) errors"
        return (["The configuration has \(count):"] + self.problems.map { "  \($0)" }).joined(separator: "\n")
    }
}

/// One thing that is wrong with the configuration.
///
/// A secret's text is never in it.
public struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    /// Where a setting comes from.
    public enum Origin: Sendable, Equatable, CustomStringConvertible {
        /// A file, and the line in it where it is known.
        case file(String, line: Int?)
        /// A variable of the environment.
        case environment(String)
        /// A flag of the command line.
        case flag(String)

        /// The place, as a compiler would write it.
        public var description: String {
            switch self {
            case .file(let path, let line): line.map { "\(path):\($0)" } ?? path
            case .environment(let name): "$\(name)"
            case .flag(let name): name
            }
        }
    }

    /// The setting in dotted form, such as `engines.0.url`; empty where the problem is not that of one setting.
    public let key: String
    /// Where the setting comes from; nil for what nobody set.
    public let origin: Origin?
    /// What is wrong, as a sentence.
    public let detail: String

    /// Creates a problem.
    public init(key: String, origin: Origin?, detail: String) {
        self.key = key
        self.origin = origin
        self.detail = detail
    }

    /// The key, what is wrong, and where it was set.
    public var description: String {
        let subject = self.key.isEmpty ? "" : "\(self.key): "
        let place = self.origin.map { " (\($0))" } ?? ""
        return "\(subject)\(self.detail)\(place)"
    }
}
