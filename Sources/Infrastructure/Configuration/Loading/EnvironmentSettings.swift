import Domain

/// The variables of the environment that are settings: `SHARED_OLLAMA_`, then the key in capitals, `_` for each dot.
///
/// Parts of a key hold `_` themselves, so a name is not split but matched against the keys that exist.
struct EnvironmentSettings {
    private static let prefix = "SHARED_OLLAMA_"
    /// Variables that others read: the clients of the command line, the search for the file, the tests.
    private static let foreign = ["URL", "API_KEY", "CONFIG"]
    private static let foreignPrefixes = ["TEST_", "LONG_"]

    /// One variable that names a key.
    private struct Match {
        let key: SettingKey
        let path: [String]
        let isSecretItself: Bool
    }

    /// The secrets that stand in the environment themselves, by the JSON pointer of the key that would name their file.
    private(set) var secrets: [String: Secret] = [:]
    /// What is wrong.
    private(set) var problems: [ConfigurationProblem] = []

    /// Puts all settings of an environment into the tree.
    init(_ environment: [String: String], into tree: inout SettingsTree) {
        var matches: [(variable: String, text: String, match: Match)] = []
        for (variable, text) in environment where variable.hasPrefix(Self.prefix) && !text.isEmpty {
            let name = String(variable.dropFirst(Self.prefix.count))
            if Self.foreign.contains(name) || Self.foreignPrefixes.contains(where: name.hasPrefix) { continue }
            if let match = ServiceConfiguration.keys.lazy.compactMap({ Self.match(name, $0) }).first {
                matches.append((variable, text, match))
            } else {
                self.problems.append(Self.unknown(variable, name))
            }
        }
        self.problems.sort { $0.key < $1.key }
        // In the order of their indices, so that elements are added to a list from the front; a secret after its file.
        matches.sort { left, right in
            if left.match.path == right.match.path { return right.match.isSecretItself }
            return Self.isOrdered(left.match.path, right.match.path)
        }
        for (variable, text, match) in matches { self.set(match, text, variable, into: &tree) }
    }

    private mutating func set(_ match: Match, _ text: String, _ variable: String, into tree: inout SettingsTree) {
        let origin = ConfigurationProblem.Origin.environment(variable)
        let pointer = SettingsTree.pointer(match.path)
        let value: JSONValue
        if match.isSecretItself {
            if case .environment? = tree.origin(of: pointer) {
                self.add(match, origin, "Both the secret and a file with it are given.")
            }
            self.secrets[pointer] = Secret(text)
            // Over a file that the settings name: the environment is the stronger.
            value = .null
        } else {
            value = Self.value(text, match.key.kind)
        }
        if !tree.set(match.path, to: value, from: origin) {
            self.add(match, origin, "The list has no element before this one.")
        }
    }

    private mutating func add(_ match: Match, _ origin: ConfigurationProblem.Origin, _ detail: String) {
        self.problems.append(.init(key: match.path.joined(separator: "."), origin: origin, detail: detail))
    }

    // MARK: Names

    /// The variable of a key, without the prefix.
    static func name(of key: SettingKey) -> String {
        key.path.joined(separator: "_").uppercased()
    }

    private static func match(_ name: String, _ key: SettingKey) -> Match? {
        if let path = Self.path(name[...], key.path[...]) { return Match(key: key, path: path, isSecretItself: false) }
        guard key.kind == .secretFile, let path = Self.path("\(name)_FILE", key.path[...]) else { return nil }
        return Match(key: key, path: path, isSecretItself: true)
    }

    /// The key's path with the indices of the name, if the name is that of the key.
    private static func path(_ name: Substring, _ pattern: ArraySlice<String>) -> [String]? {
        guard let part = pattern.first else { return name.isEmpty ? [] : nil }
        let isLast = pattern.count == 1
        let length: Int
        if part == KeyList.index {
            length = name.prefix { $0.isASCII && $0.isNumber }.count
            guard (1...4).contains(length) else { return nil }
        } else {
            guard name.hasPrefix(part.uppercased()) else { return nil }
            length = part.count
        }
        let here = part == KeyList.index ? String(Int(name.prefix(length)) ?? 0) : part
        let rest = name.dropFirst(length)
        guard !isLast else { return rest.isEmpty ? [here] : nil }
        guard rest.hasPrefix("_"), let tail = Self.path(rest.dropFirst(), pattern.dropFirst()) else { return nil }
        return [here] + tail
    }

    private static func isOrdered(_ left: [String], _ right: [String]) -> Bool {
        for (left, right) in zip(left, right) where left != right {
            guard let leftIndex = Int(left), let rightIndex = Int(right) else { return left < right }
            return leftIndex < rightIndex
        }
        return left.count < right.count
    }

    /// A problem with the nearest name that exists, its indices those that were written.
    private static func unknown(_ variable: String, _ name: String) -> ConfigurationProblem {
        let words = name.split(separator: "_", omittingEmptySubsequences: false)
        let index = words.first { !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } } ?? "0"
        let candidates = ServiceConfiguration.keys.map { key in
            key.path.map { $0 == KeyList.index ? String(index) : $0 }.joined(separator: "_").uppercased()
        }
        let hint = EditDistance.nearest(to: name, among: candidates).map { " Did you mean \(Self.prefix)\($0)?" } ?? ""
        return .init(key: String(variable.prefix(128)), origin: nil, detail: "There is no such setting.\(hint)")
    }

    /// A text as a value of the key's kind; what does not fit stays a text and is refused when it is read.
    private static func value(_ text: String, _ kind: SettingKey.Kind) -> JSONValue {
        switch (kind, text) {
        case (.number, _): SettingsFile.number(text) ?? .string(text)
        case (.boolean, "true"), (.boolean, "1"): .bool(true)
        case (.boolean, "false"), (.boolean, "0"): .bool(false)
        case (.texts, _):
            .array(text.split(separator: ",").map { .string(String($0.trimmingBlanks())) })
        default: .string(text)
        }
    }
}

extension Substring {
    /// Without the blanks around it.
    fileprivate func trimmingBlanks() -> Substring {
        let text = self.drop(while: \.isWhitespace)
        return text.last?.isWhitespace == true
            ? text.prefix(through: text.lastIndex { !$0.isWhitespace } ?? text.startIndex) : text
    }
}
