/// A JSON schema that values can be checked against.
///
/// It follows JSON Schema 2020-12 for the keywords that it knows: `type`, `enum`, `const`, `properties`, `required`,
/// `additionalProperties`, `minProperties`, `maxProperties`, `items`, `minItems`, `maxItems`, `minimum`, `maximum`,
/// `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf`, `minLength`, `maxLength`, `pattern`, `anyOf`, `oneOf`, `allOf` and `$ref`
/// into the schema itself. `format` is an annotation there, and here. What a schema can make of work is bounded, whoever
/// wrote it: the number of its subschemas, how deep they apply inside one another, and the steps of one check.
public struct JSONSchema: Sendable, Hashable {
    /// What becomes of a keyword that is neither known nor an annotation.
    public enum UnknownKeywords: Sendable {
        /// The schema is refused: its author would think that the keyword holds.
        case refused
        /// It means nothing, as JSON Schema has it.
        case ignored
    }

    /// The schema as it was written.
    public let source: JSONObject
    private let nodes: [SchemaNode]

    /// Compiles a schema.
    ///
    /// - Throws: ``ServiceError`` `unsupported_field` for a keyword, a reference or a pattern that cannot be checked, and
    ///   `invalid_request` for one that is wrong; the pointer of its fault starts at the schema.
    public init(
        _ source: JSONObject,
        unknownKeywords: UnknownKeywords = .refused
    ) throws(ServiceError) {
        self.source = source
        var compiler = SchemaCompiler(source, unknownKeywords: unknownKeywords)
        self.nodes = try compiler.compile()
    }

    /// Checks a value.
    ///
    /// - Returns: what is wrong with it, at most ``FaultList/limit`` faults, each with its place in the value; none if the
    ///   value is valid. No fault repeats what stands in the value, beyond the names of fields.
    public func validate(_ value: JSONValue) -> [FieldFault] {
        var validator = SchemaValidator(self.nodes)
        return validator.faults(of: value)
    }

    /// Whether two schemas are written in the same way.
    public static func == (left: JSONSchema, right: JSONSchema) -> Bool {
        left.source == right.source
    }

    /// Hashes the schema as it was written.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(self.source)
    }
}
