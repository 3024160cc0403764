/// The definitions of a schema that is put together of others.
///
/// A schema that stands inside another can no longer refer to itself: `#` is somewhere else now. What it refers to is copied
/// into the definitions of the schema around it, flat and each under a name of its own: not all that turn schemas into grammars
/// follow a pointer through arrays, or keep two definitions of the same last name apart.
public struct SchemaDefinitions {
    /// How many values are copied at most: each reference copies its goal.
    private static let limit = 100_000
    /// Keywords whose values are no schemas, whatever they look like.
    private static let values: Set<String> = ["const", "enum", "default", "examples", "required"]
    /// Keywords that give names to schemas.
    private static let maps: Set<String> = ["properties", "patternProperties", "dependentSchemas"]

    /// What `$defs` of the schema around has to be.
    public private(set) var all = JSONObject()
    private var copied = 0
    private var names: [String: String] = [:]
    private var root = JSONObject()

    /// Starts with none.
    public init() {}

    /// The schema as it can stand inside another whose `$defs` are these.
    ///
    /// - Throws: ``ServiceError`` `unsupported_field` if a reference leads nowhere or too much would have to be copied.
    public mutating func move(_ schema: JSONObject) throws(ServiceError) -> JSONObject {
        self.root = schema
        self.names = [:]
        return try self.moved(schema)
    }

    private mutating func moved(_ schema: JSONObject) throws(ServiceError) -> JSONObject {
        try self.count()
        var members: [JSONObject.Member] = []
        for member in schema.members where member.key != "$defs" && member.key != "definitions" {
            members.append(.init(key: member.key, value: try self.moved(member.value, of: member.key)))
        }
        return JSONObject(members)
    }

    /// The value of a keyword.
    private mutating func moved(_ value: JSONValue, of keyword: String) throws(ServiceError) -> JSONValue {
        switch value {
        case .string(let reference) where keyword == "$ref": return .string(try self.definition(of: reference))
        case .object(let object) where SchemaDefinitions.maps.contains(keyword):
            var members: [JSONObject.Member] = []
            for member in object.members {
                // The name is the caller's own: it is no keyword.
                members.append(.init(key: member.key, value: try self.moved(member.value, of: "")))
            }
            return .object(JSONObject(members))
        case _ where SchemaDefinitions.values.contains(keyword): return value
        case .object(let object): return .object(try self.moved(object))
        case .array(let elements):
            var moved: [JSONValue] = []
            for element in elements {
                try self.count()
                moved.append(try self.moved(element, of: ""))
            }
            return .array(moved)
        default: return value
        }
    }

    /// A reference to the definition that holds what another reference leads to.
    private mutating func definition(of reference: String) throws(ServiceError) -> String {
        if let name = self.names[reference] { return "#/$defs/\(name)" }
        guard let goal = try? SchemaReference.resolve(reference, in: self.root) else {
            throw ServiceError(.unsupportedField, field: "", "The reference '\(reference.prefix(64))' leads nowhere.")
        }
        let name = "d\(self.all.members.count)"
        self.names[reference] = name
        // Takes the name before the definition is made: it may refer to itself.
        self.all[name] = .bool(true)
        self.all[name] = try self.moved(goal.value, of: "")
        return "#/$defs/\(name)"
    }

    private mutating func count() throws(ServiceError) {
        self.copied += 1
        guard self.copied <= SchemaDefinitions.limit else {
            throw ServiceError(
                .unsupportedField,
                field: "",
                "The schema is too large, or refers to too much of itself."
            )
        }
    }
}
