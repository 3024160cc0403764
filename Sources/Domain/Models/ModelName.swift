/// The name of a model, by Ollama's grammar: `[[host/]namespace/]model[:tag]`.
///
/// Two spellings of one model are equal: the canonical form is lower case, has a tag (`latest` where none is given) and
/// leaves out Ollama's default registry and namespace. Source: Ollama, `types/model/name.go`.
public struct ModelName: Sendable, CustomStringConvertible {
    /// The name as its writer spelt it, for answers.
    public let spelling: String
    /// The name by which slots, statistics and allow-lists know the model.
    public let canonical: String
    /// The canonical form's hash: slots and lines are looked up by names all the time.
    private let digest: Int

    /// The canonical form.
    public var description: String { self.canonical }

    /// Checks a name.
    ///
    /// - Throws: ``ServiceError`` `invalid_model` if the name does not follow the grammar: host 1 to 350, the other
    ///   parts 1 to 80 of letters, digits, `_`, `-` and `.`, starting with a letter, a digit or `_`.
    public init(_ spelling: String) throws {
        guard let canonical = ModelName.canonical(spelling) else {
            throw ServiceError(
                .invalidModel,
                "'\(spelling.prefix(80))' is not a model name; a name looks like 'llama3.2:3b' or 'host/namespace/model:tag'."
            )
        }
        self.spelling = spelling
        self.canonical = canonical
        self.digest = canonical.hashValue
    }

    /// Whose model it is at its registry: `library` where the name does not say it.
    public var namespace: String {
        let parts = self.canonical.split(separator: "/")
        return parts.count > 1 ? String(parts[parts.count - 2]) : "library"
    }

    private static func canonical(_ spelling: String) -> String? {
        guard spelling.utf8.count <= 600 else { return nil }
        // By bytes: a name is read with every request, and what is not ASCII is no part of one.
        var parts = spelling.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        guard (1...3).contains(parts.count), var model = parts.popLast() else { return nil }
        var tag = "latest"
        if let colon = model.utf8.firstIndex(of: UInt8(ascii: ":")) {
            tag = String(model[model.utf8.index(after: colon)...])
            model = String(model[..<colon])
        }
        let namespace = parts.popLast()
        let host = parts.popLast()
        guard ModelName.isPart(model, upTo: 80), ModelName.isPart(tag, upTo: 80),
            namespace.map({ ModelName.isPart($0, upTo: 80, dots: false) }) ?? true,
            host.map({ ModelName.isPart($0, upTo: 350, colon: true) }) ?? true
        else { return nil }
        var prefix = ""
        if let host, host.lowercased() != "registry.ollama.ai" {
            prefix = "\(host)/\(namespace ?? "library")/"
        } else if let namespace, namespace.lowercased() != "library" {
            prefix = "\(namespace)/"
        }
        return "\(prefix)\(model):\(tag)".lowercased()
    }

    private static func isPart(_ part: String, upTo limit: Int, colon: Bool = false, dots: Bool = true) -> Bool {
        guard (1...limit).contains(part.utf8.count) else { return false }
        for (index, byte) in part.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                continue
            case UInt8(ascii: "-") where index > 0: continue
            case UInt8(ascii: ".") where index > 0 && dots: continue
            case UInt8(ascii: ":") where index > 0 && colon: continue
            default: return false
            }
        }
        return true
    }
}

extension ModelName: NumberKey {
    /// Names are equal if their canonical forms are.
    public static func == (left: ModelName, right: ModelName) -> Bool {
        left.digest == right.digest && left.canonical == right.canonical
    }

    /// The canonical form's hash, which the name carries.
    public var keyNumber: Int { self.digest }
}
