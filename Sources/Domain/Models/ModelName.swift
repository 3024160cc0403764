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

    /// Read by bytes: a name comes with every request, and what is not ASCII is no part of one.
    private static func canonical(_ spelling: String) -> String? {
        guard spelling.utf8.count <= 600 else { return nil }
        var spelling = spelling
        return spelling.withUTF8 { bytes in
            guard let parts = Parts(bytes[...]), parts.areValid else { return nil }
            return parts.canonical
        }
    }

    /// The parts of a name, as they are spelt.
    private struct Parts {
        typealias Part = Slice<UnsafeBufferPointer<UInt8>>

        private(set) var host: Part?
        private(set) var namespace: Part?
        private(set) var model: Part
        private(set) var tag: Part?

        /// Takes a name apart; nil if there are too many parts.
        init?(_ name: Part) {
            self.model = name
            if let slash = self.model.lastIndex(of: UInt8(ascii: "/")) {
                var namespace = self.model[..<slash]
                self.model = self.model[(slash + 1)...]
                if let slash = namespace.lastIndex(of: UInt8(ascii: "/")) {
                    let host = namespace[..<slash]
                    guard !host.contains(UInt8(ascii: "/")) else { return nil }
                    self.host = host
                    namespace = namespace[(slash + 1)...]
                }
                self.namespace = namespace
            }
            if let colon = self.model.firstIndex(of: UInt8(ascii: ":")) {
                self.tag = self.model[(colon + 1)...]
                self.model = self.model[..<colon]
            }
        }

        var areValid: Bool {
            ModelName.isPart(self.model, upTo: 80)
                && self.tag.map { ModelName.isPart($0, upTo: 80) } ?? true
                && self.namespace.map { ModelName.isPart($0, upTo: 80, dots: false) } ?? true
                && self.host.map { ModelName.isPart($0, upTo: 350, colon: true) } ?? true
        }

        /// In lower case, with its tag, without what is understood.
        var canonical: String {
            let host = self.host.flatMap { ModelName.isWord($0, "registry.ollama.ai") ? nil : $0 }
            let isLibrary = self.namespace.map { ModelName.isWord($0, "library") } ?? true
            // The whole name, and room for "library" and "latest".
            let capacity = 16 + [host, self.namespace, self.model, self.tag].reduce(0) { $0 + ($1?.count ?? 0) + 1 }
            return String(unsafeUninitializedCapacity: capacity) { text in
                var count = 0
                func add(_ bytes: some Sequence<UInt8>) {
                    for byte in bytes {
                        text[count] = ModelName.lowercased(byte)
                        count += 1
                    }
                }
                if let host {
                    add(host)
                    add("/".utf8)
                }
                if host != nil || !isLibrary {
                    if let namespace, !isLibrary { add(namespace) } else { add("library".utf8) }
                    add("/".utf8)
                }
                add(self.model)
                add(":".utf8)
                if let tag { add(tag) } else { add("latest".utf8) }
                return count
            }
        }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// Whether a part is a word in lower case, whatever its own case.
    private static func isWord(_ part: Parts.Part, _ word: StaticString) -> Bool {
        guard part.count == word.utf8CodeUnitCount else { return false }
        return word.withUTF8Buffer { word in zip(part, word).allSatisfy { ModelName.lowercased($0) == $1 } }
    }

    private static func isPart(_ part: Parts.Part, upTo limit: Int, colon: Bool = false, dots: Bool = true) -> Bool {
        guard (1...limit).contains(part.count) else { return false }
        for index in part.startIndex..<part.endIndex {
            switch part[index] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                continue
            case UInt8(ascii: "-") where index > part.startIndex: continue
            case UInt8(ascii: ".") where index > part.startIndex && dots: continue
            case UInt8(ascii: ":") where index > part.startIndex && colon: continue
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
