import Domain
import Testing

/// A schema, a value, and whether the schema allows the value.
struct SchemaCase: Sendable, CustomTestStringConvertible {
    let schema: String
    let value: String
    let isValid: Bool
    var testDescription: String { "\(self.schema) \(self.isValid ? "allows" : "refuses") \(self.value.prefix(60))" }

    static func allows(_ schema: String, _ values: String...) -> [SchemaCase] {
        values.map { SchemaCase(schema: schema, value: $0, isValid: true) }
    }

    static func refuses(_ schema: String, _ values: String...) -> [SchemaCase] {
        values.map { SchemaCase(schema: schema, value: $0, isValid: false) }
    }

    /// The faults that the schema finds.
    func faults() throws -> [FieldFault] {
        try JSONSchema(parsing: self.schema).validate(JSONParser.parse(Array(self.value.utf8)))
    }
}

extension JSONSchema {
    init(parsing text: String, unknownKeywords: UnknownKeywords = .refused) throws {
        let object = try #require(try JSONParser.parse(Array(text.utf8)).object)
        try self.init(object, unknownKeywords: unknownKeywords)
    }
}
