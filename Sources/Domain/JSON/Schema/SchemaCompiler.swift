/// Turns a schema into nodes, without recursion: a schema may be nested, and refer to itself, as it likes.
struct SchemaCompiler {
    /// Where a subschema stands: below another, or at a reference's goal.
    private enum Origin {
        case root
        case below(Int, [String])
        case reference([String])
    }

    /// A subschema that waits to be compiled.
    private struct Job {
        let index: Int
        let value: JSONValue
    }

    /// Names that say nothing about what is valid.
    ///
    /// `format` and the `content…` ones are annotations by JSON Schema 2020-12; `discriminator` is OpenAPI's and `strict` is
    /// OpenAI's, who both leave what is valid to the other keywords.
    static let annotations: Set<String> = [
        "title", "description", "default", "examples", "$schema", "$id", "$comment", "$anchor", "$defs", "definitions",
        "deprecated", "readOnly", "writeOnly", "format", "contentEncoding", "contentMediaType", "contentSchema",
        "discriminator", "strict",
    ]

    private let root: JSONObject
    private let unknownKeywords: JSONSchema.UnknownKeywords
    private var nodes: [SchemaNode] = []
    private var origins: [Origin] = []
    private var jobs: [Job] = []
    /// The goals of references, each compiled once.
    private var goals: [String: Int] = [:]

    init(_ root: JSONObject, unknownKeywords: JSONSchema.UnknownKeywords) {
        self.root = root
        self.unknownKeywords = unknownKeywords
    }

    /// Compiles everything that can apply to a value; the schema itself is the first node.
    mutating func compile() throws(ServiceError) -> [SchemaNode] {
        let root = try self.add(.object(self.root), .root)
        self.goals["#"] = root
        while let job = self.jobs.popLast() {
            self.nodes[job.index] = try self.node(job.value, at: job.index)
        }
        try self.refuseEndlessReferences()
        return self.nodes
    }

    // MARK: For the keywords

    /// Adds a subschema below the one that is being compiled and returns its index.
    mutating func add(_ value: JSONValue, below index: Int, _ tokens: String...) throws(ServiceError) -> Int {
        try self.add(value, .below(index, tokens))
    }

    /// The index of a reference's goal.
    mutating func goal(of value: JSONValue, at index: Int) throws(ServiceError) -> Int {
        guard case .string(let reference) = value else {
            throw self.wrong(index, "$ref", "A reference is expected, not \(value.kind).")
        }
        if let goal = self.goals[reference] { return goal }
        let found: (value: JSONValue, tokens: [String])?
        do {
            found = try SchemaReference.resolve(reference, in: self.root)
        } catch {
            throw ServiceError(.unsupportedField, field: self.pointer(index, "$ref"), error.message)
        }
        guard let found else {
            throw self.wrong(index, "$ref", "There is nothing at '\(reference.prefix(64))'.")
        }
        let goal = try self.add(found.value, .reference(found.tokens))
        self.goals[reference] = goal
        return goal
    }

    /// An error about a keyword whose value is wrong.
    func wrong(_ index: Int, _ keyword: String, _ detail: String) -> ServiceError {
        ServiceError(.invalidRequest, field: self.pointer(index, keyword), detail)
    }

    /// An error about a keyword that cannot be checked.
    func unsupported(_ index: Int, _ keyword: String, _ detail: String) -> ServiceError {
        ServiceError(.unsupportedField, field: self.pointer(index, keyword), detail)
    }

    // MARK: Parts

    private mutating func add(_ value: JSONValue, _ origin: Origin) throws(ServiceError) -> Int {
        let index = self.nodes.count
        self.nodes.append(SchemaNode())
        self.origins.append(origin)
        guard index < SchemaLimits.subschemas else {
            let detail = "The schema has more than \(SchemaLimits.subschemas) subschemas."
            throw ServiceError(.unsupportedField, field: self.pointer(index), detail)
        }
        self.jobs.append(Job(index: index, value: value))
        return index
    }

    private mutating func node(_ value: JSONValue, at index: Int) throws(ServiceError) -> SchemaNode {
        switch value {
        case .bool(let allows):
            var node = SchemaNode()
            node.refusesAll = !allows
            return node
        case .object(let object):
            var node = SchemaNode()
            var seen: Set<String> = []
            // Of keywords with the same name the last one counts.
            for member in object.members.reversed() where seen.insert(member.key).inserted {
                guard !SchemaCompiler.annotations.contains(member.key) else { continue }
                guard try self.read(member.key, member.value, into: &node, at: index) else {
                    guard self.unknownKeywords == .refused else { continue }
                    let detail =
                        "The keyword '\(member.key.prefix(64))' is not supported: an answer cannot be checked for it."
                    throw self.unsupported(index, member.key, detail)
                }
            }
            return node
        default:
            let detail = "A schema is expected, which is an object or a boolean, not \(value.kind)."
            throw ServiceError(.invalidRequest, field: self.pointer(index), detail)
        }
    }

    /// Refuses subschemas that apply to the same value as themselves: such a check would have no end.
    private func refuseEndlessReferences() throws(ServiceError) {
        var uses = [Int](repeating: 0, count: self.nodes.count)
        for node in self.nodes { for child in node.inPlace { uses[child] += 1 } }
        // Takes away, again and again, what nothing applies in place; what is left are circles.
        var free = uses.indices.filter { uses[$0] == 0 }
        var count = 0
        while let index = free.popLast() {
            count += 1
            for child in self.nodes[index].inPlace {
                uses[child] -= 1
                if uses[child] == 0 { free.append(child) }
            }
        }
        guard count < self.nodes.count, let index = uses.firstIndex(where: { $0 > 0 }) else { return }
        throw ServiceError(.invalidRequest, field: self.pointer(index), "This schema applies itself without end.")
    }

    /// The JSON pointer of a keyword of a subschema.
    private func pointer(_ index: Int, _ keyword: String? = nil) -> String {
        var parts: [[String]] = keyword.map { [[$0]] } ?? []
        var index = index
        while true {
            switch self.origins[index] {
            case .root: return SchemaReference.pointer(parts.reversed().flatMap { $0 })
            case .reference(let tokens):
                parts.append(tokens)
                return SchemaReference.pointer(parts.reversed().flatMap { $0 })
            case .below(let parent, let tokens):
                parts.append(tokens)
                index = parent
            }
        }
    }
}
