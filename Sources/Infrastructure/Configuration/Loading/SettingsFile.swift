import Domain
import Yams

/// Reads a YAML text as a tree of JSON values, with the line of each.
struct SettingsFile {
    /// The most values in one file: far more than there are keys, and a bound on what aliases can unfold to.
    static let maximumValues = 10_000

    /// The root object.
    private(set) var root = JSONObject()
    /// The origin of every value, by JSON pointer.
    private(set) var origins: [String: ConfigurationProblem.Origin] = [:]
    private let path: String
    private var count = 0

    /// Parses a file.
    ///
    /// - Throws: ``ConfigurationProblem/Failure`` with the line of the first fault.
    init(_ text: String, path: String) throws(Failure) {
        self.path = path
        self.origins[""] = .file(path, line: nil)
        guard let node = try SettingsFile.compose(text, path: path) else { return }
        switch try self.value(node, at: "") {
        case .object(let root): self.root = root
        case .null: break
        case let value:
            throw self.failure(node, "The file must hold keys and values, not \(value.kind).")
        }
    }

    /// Why a file cannot be used.
    struct Failure: Error {
        let problem: ConfigurationProblem
    }

    /// Where a value stands, or what is nearest above it.
    func origin(nearest pointer: String) -> ConfigurationProblem.Origin? {
        var place = pointer[...]
        while true {
            if let origin = self.origins[String(place)] { return origin }
            guard let slash = place.lastIndex(of: "/") else { return nil }
            place = place[..<slash]
        }
    }

    // MARK: Values

    private mutating func value(_ node: Node, at pointer: String) throws(Failure) -> JSONValue {
        self.count += 1
        guard self.count <= SettingsFile.maximumValues else {
            throw self.failure(node, "There are more than \(SettingsFile.maximumValues) values.")
        }
        switch node {
        case .scalar(let scalar): return SettingsFile.value(scalar)
        case .sequence(let sequence):
            var elements: [JSONValue] = []
            for (index, element) in sequence.enumerated() {
                elements.append(try self.value(element, below: pointer, as: String(index), line: element.mark?.line))
            }
            return .array(elements)
        case .mapping(let mapping):
            var members: [JSONObject.Member] = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key else { throw self.failure(key, "A key must be a word.") }
                let value = try self.value(value, below: pointer, as: name.string, line: key.mark?.line)
                members.append(.init(key: name.string, value: value))
            }
            return .object(JSONObject(members))
        case .alias: throw self.failure(node, "An alias refers to nothing.")
        }
    }

    private mutating func value(
        _ node: Node,
        below pointer: String,
        as key: String,
        line: Int?
    ) throws(Failure) -> JSONValue {
        let place = pointer + SettingsTree.pointer([key])
        self.origins[place] = .file(self.path, line: line)
        return try self.value(node, at: place)
    }

    /// Plain scalars by the core schema of YAML 1.2, in which `no` and `0777` have no second meaning.
    private static func value(_ scalar: Node.Scalar) -> JSONValue {
        let text = scalar.string
        let isPlain = scalar.style == .plain || scalar.style == .any
        guard isPlain, scalar.tag.description != Tag.Name.str.rawValue else { return .string(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: return SettingsFile.number(text) ?? .string(text)
        }
    }

    /// A text as a number if it looks like one.
    static func number(_ text: String) -> JSONValue? {
        guard case .number(let number)? = try? JSONParser.parse(Array(text.utf8)) else { return nil }
        return .number(number)
    }

    // MARK: Faults

    private func failure(_ node: Node, _ detail: String) -> Failure {
        Failure(problem: .init(key: "", origin: .file(self.path, line: node.mark?.line), detail: detail))
    }

    private static func compose(_ text: String, path: String) throws(Failure) -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw SettingsFile.failure(error, path: path)
        } catch {
            throw Failure(problem: .init(key: "", origin: .file(path, line: nil), detail: "The file is not YAML."))
        }
    }

    /// Says what is wrong with the YAML; the text itself, which may hold secrets, is left out.
    private static func failure(_ error: YamlError, path: String) -> Failure {
        var line: Int?
        var detail = "The file is not YAML."
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            line = mark.line
            detail = "The YAML is not valid in column \(mark.column): \(problem)."
        case .reader(let problem, _, _, _): detail = "The YAML is not valid: \(problem)."
        case .duplicatedKeysInMapping(let keys, let context):
            line = context.mark.line
            detail = "The key '\((keys.first ?? "").prefix(64))' stands there twice."
        default: break
        }
        return Failure(problem: .init(key: "", origin: .file(path, line: line), detail: detail))
    }
}
