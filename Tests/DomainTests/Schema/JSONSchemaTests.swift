import Domain
import Testing

@Suite("A JSON schema")
struct JSONSchemaTests {
    private static let kindCases: [SchemaCase] =
        SchemaCase.allows("{}", "null", "1", #""a""#, "[]", "{}")
        + SchemaCase.allows(#"{"type":"integer"}"#, "1", "1.0", "-0", "3e2", "10e-1", "123456789012345678901234567890")
        + SchemaCase.refuses(#"{"type":"integer"}"#, "1.5", "1e-1", #""1""#, "null", "true")
        + SchemaCase.allows(#"{"type":"number"}"#, "1", "1.5", "1e400")
        + SchemaCase.refuses(#"{"type":"number"}"#, #""1""#, "[]")
        + SchemaCase.allows(#"{"type":["string","null"]}"#, #""""#, "null")
        + SchemaCase.refuses(#"{"type":["string","null"]}"#, "0", "false", "{}")
        + SchemaCase.allows(#"{"type":"boolean"}"#, "true") + SchemaCase.refuses(#"{"type":"boolean"}"#, "0")
        + SchemaCase.allows(#"{"type":"array"}"#, "[1]") + SchemaCase.refuses(#"{"type":"array"}"#, #"{"0":1}"#)
        + SchemaCase.allows(#"{"type":"object"}"#, "{}") + SchemaCase.refuses(#"{"type":"object"}"#, "[]", "null")

    private static let valueCases: [SchemaCase] =
        SchemaCase.allows(#"{"const":1}"#, "1", "1.0", "10e-1")
        + SchemaCase.refuses(#"{"const":1}"#, "2", "true", #""1""#)
        + SchemaCase.allows(#"{"const":0}"#, "-0", "0.00", "0e9") + SchemaCase.refuses(#"{"const":0}"#, "false", "null")
        + SchemaCase.allows(#"{"const":{"a":1,"b":[2]}}"#, #"{"b":[2.0],"a":1}"#, #"{"a":9,"a":1,"b":[2]}"#)
        + SchemaCase.refuses(
            #"{"const":{"a":1,"b":[2]}}"#,
            #"{"a":1}"#,
            #"{"a":1,"b":[2],"c":3}"#,
            #"{"a":1,"b":[2,2]}"#
        )
        + SchemaCase.allows(#"{"enum":["a",null,[1]]}"#, #""a""#, "null", "[1]")
        + SchemaCase.refuses(#"{"enum":["a",null,[1]]}"#, #""b""#, #""aa""#, "[]", #""""#)
        + SchemaCase.refuses(#"{"enum":[]}"#, "null")
        + SchemaCase.refuses(#"{"const":9007199254740993}"#, "9007199254740992")
        // An é of one scalar and one of two are different strings.
        + SchemaCase.refuses(#"{"const":"\u00e9"}"#, #""e\u0301""#)
        + SchemaCase.allows(#"{"enum":[1],"const":1}"#, "1") + SchemaCase.refuses(#"{"enum":[1,2],"const":2}"#, "1")

    private static let numberCases: [SchemaCase] =
        SchemaCase.allows(#"{"minimum":1.1}"#, "1.1", "2", #""0""#, "1.10", "11e-1")
        + SchemaCase.refuses(#"{"minimum":1.1}"#, "1.09", "-2", "0", "-1e9")
        + SchemaCase.allows(#"{"maximum":-1}"#, "-1", "-1.0001", "-2")
        + SchemaCase.refuses(#"{"maximum":-1}"#, "-0.9", "0", "5")
        + SchemaCase.allows(#"{"exclusiveMinimum":0}"#, "1e-300")
        + SchemaCase.refuses(#"{"exclusiveMinimum":0}"#, "0", "-0.0", "-1")
        + SchemaCase.allows(#"{"exclusiveMaximum":100}"#, "99.999")
        + SchemaCase.refuses(#"{"exclusiveMaximum":100}"#, "100", "1e2", "101")
        + SchemaCase.refuses(#"{"maximum":9007199254740992}"#, "9007199254740993")
        + SchemaCase.allows(#"{"multipleOf":0.1}"#, "0.3", "1", "0", "-0.7")
        + SchemaCase.refuses(#"{"multipleOf":0.1}"#, "0.35", "0.01")
        + SchemaCase.allows(#"{"multipleOf":3}"#, "9", "3e20", "111111111111111111111111111111")
        + SchemaCase.refuses(#"{"multipleOf":3}"#, "10", "1e300", "111111111111111111111111111112")
        + SchemaCase.allows(#"{"multipleOf":10}"#, "1e999999999999999999999")
        + SchemaCase.refuses(#"{"multipleOf":10}"#, "5")

    private static let stringCases: [SchemaCase] =
        SchemaCase.allows(#"{"minLength":2,"maxLength":3}"#, #""ab""#, #""abc""#, "1", #""👋🏽a""#)
        + SchemaCase.refuses(#"{"minLength":2,"maxLength":3}"#, #""a""#, #""abcd""#, #""👋🏽👋🏽""#, #""""#)
        + SchemaCase.allows(#"{"minLength":1}"#, #""e\u0301""#) + SchemaCase.refuses(#"{"maxLength":1}"#, #""e\u0301""#)
        + SchemaCase.allows(#"{"format":"email"}"#, #""no address""#)

    private static let arrayCases: [SchemaCase] =
        SchemaCase.allows(#"{"items":{"type":"integer"}}"#, "[]", "[1,2]", "{}")
        + SchemaCase.refuses(#"{"items":{"type":"integer"}}"#, #"[1,"2"]"#)
        + SchemaCase.allows(#"{"minItems":1,"maxItems":2}"#, "[0]", "[0,0]")
        + SchemaCase.refuses(#"{"minItems":1,"maxItems":2}"#, "[]", "[0,0,0]")
        + SchemaCase.allows(#"{"items":false}"#, "[]") + SchemaCase.refuses(#"{"items":false}"#, "[null]")

    private static let objectCases: [SchemaCase] =
        SchemaCase.allows(#"{"properties":{"a":{"type":"string"},"b":false}}"#, "{}", #"{"a":""}"#, #"{"c":1}"#, "[]")
        + SchemaCase.refuses(#"{"properties":{"a":{"type":"string"},"b":false}}"#, #"{"a":1}"#, #"{"b":1}"#)
        + SchemaCase.allows(#"{"required":["a","b"]}"#, #"{"a":null,"b":0}"#, "3")
        + SchemaCase.refuses(#"{"required":["a","b"]}"#, #"{"a":1}"#, "{}")
        + SchemaCase.allows(#"{"properties":{"a":true},"additionalProperties":false}"#, "{}", #"{"a":1}"#)
        + SchemaCase.refuses(#"{"properties":{"a":true},"additionalProperties":false}"#, #"{"a":1,"b":1}"#)
        + SchemaCase.allows(#"{"properties":{"a":true},"additionalProperties":{"type":"integer"}}"#, #"{"a":"","b":1}"#)
        + SchemaCase.refuses(#"{"properties":{"a":true},"additionalProperties":{"type":"integer"}}"#, #"{"b":""}"#)
        + SchemaCase.allows(#"{"minProperties":1,"maxProperties":1}"#, #"{"a":1}"#, #"{"a":1,"a":2}"#)
        + SchemaCase.refuses(#"{"minProperties":1,"maxProperties":1}"#, "{}", #"{"a":1,"b":2}"#)
        // The last of several fields with one name counts.
        + SchemaCase.allows(#"{"properties":{"a":{"const":2}}}"#, #"{"a":1,"a":2}"#)
        + SchemaCase.refuses(#"{"properties":{"a":{"const":1}}}"#, #"{"a":1,"a":2}"#)

    private static let combinationCases: [SchemaCase] =
        SchemaCase.allows(#"{"anyOf":[{"type":"string"},{"minimum":2}]}"#, #""a""#, "2", "null")
        + SchemaCase.refuses(#"{"anyOf":[{"type":"string"},{"minimum":2}]}"#, "1")
        + SchemaCase.allows(#"{"oneOf":[{"multipleOf":2},{"multipleOf":3}]}"#, "2", "9")
        + SchemaCase.refuses(#"{"oneOf":[{"multipleOf":2},{"multipleOf":3}]}"#, "6", "5", #""a""#)
        + SchemaCase.allows(#"{"allOf":[{"minimum":1},{"maximum":3}]}"#, "1", "3")
        + SchemaCase.refuses(#"{"allOf":[{"minimum":1},{"maximum":3}]}"#, "0", "4")
        + SchemaCase.refuses(#"{"type":"integer","anyOf":[{"type":"string"}]}"#, #""a""#, "1")

    private static let referenceCases: [SchemaCase] =
        SchemaCase.allows(##"{"$ref":"#/$defs/n","$defs":{"n":{"type":"number"}}}"##, "1")
        + SchemaCase.refuses(##"{"$ref":"#/$defs/n","$defs":{"n":{"type":"number"}}}"##, "[]")
        // What stands beside a reference holds as well.
        + SchemaCase.refuses(
            ##"{"$ref":"#/definitions/n","maximum":3,"definitions":{"n":{"type":"number"}}}"##,
            "4",
            "null"
        )
        + SchemaCase.allows(
            ##"{"properties":{"a/b~c%d":{"$ref":"#/$defs/a~1b~0c%25d"}},"$defs":{"a/b~c%d":{"const":1}}}"##,
            ##"{"a/b~c%d":1}"##
        )
        + SchemaCase.refuses(
            ##"{"properties":{"a/b~c%d":{"$ref":"#/$defs/a~1b~0c%25d"}},"$defs":{"a/b~c%d":{"const":1}}}"##,
            ##"{"a/b~c%d":2}"##
        )
        + SchemaCase.allows(tree, #"{"value":1,"children":[{"value":2,"children":[]}]}"#)
        + SchemaCase.refuses(tree, #"{"value":1,"children":[{"value":2,"children":[{"value":"3","children":[]}]}]}"#)
        + SchemaCase.allows(##"{"properties":{"a":{"type":"integer"},"b":{"$ref":"#/properties/a"}}}"##, ##"{"b":1}"##)
        + SchemaCase.refuses(
            ##"{"properties":{"a":{"type":"integer"},"b":{"$ref":"#/properties/a"}}}"##,
            ##"{"b":"1"}"##
        )
        + SchemaCase.refuses(##"{"items":{"$ref":"#/anyOf/0"},"anyOf":[{"maximum":1}]}"##, "[2]")

    private static let tree = """
        {"type":"object","required":["value","children"],"properties":{"value":{"type":"integer"},\
        "children":{"type":"array","items":{"$ref":"#"}}}}
        """

    @Test("Kinds", arguments: Self.kindCases)
    func kinds(_ example: SchemaCase) throws { try Self.check(example) }

    @Test("Values by their value", arguments: Self.valueCases)
    func values(_ example: SchemaCase) throws { try Self.check(example) }

    @Test("Numbers, exactly", arguments: Self.numberCases)
    func numbers(_ example: SchemaCase) throws { try Self.check(example) }

    @Test("Strings, counted in scalars", arguments: Self.stringCases)
    func strings(_ example: SchemaCase) throws { try Self.check(example) }

    @Test("Arrays", arguments: Self.arrayCases)
    func arrays(_ example: SchemaCase) throws { try Self.check(example) }

    @Test("Objects", arguments: Self.objectCases)
    func objects(_ example: SchemaCase) throws { try Self.check(example) }

    @Test("Combinations", arguments: Self.combinationCases)
    func combinations(_ example: SchemaCase) throws { try Self.check(example) }

    @Test("References", arguments: Self.referenceCases)
    func references(_ example: SchemaCase) throws { try Self.check(example) }

    private static func check(_ example: SchemaCase) throws {
        let faults = try example.faults()
        #expect(faults.isEmpty == example.isValid, "\(faults)")
    }

    /// A value, and where its faults are.
    struct Faulty: Sendable, CustomTestStringConvertible {
        let value: String
        let faults: [(pointer: String, word: String)]
        var testDescription: String { self.value }
    }

    @Test(
        "Faults are told with their place and what is wrong there",
        arguments: [
            Faulty(
                value: #"{"name":1,"tags":[{"a/b":"x"}],"more":true}"#,
                faults: [
                    ("/name", "String is expected, not a number"), ("/tags/0/a~1b", "Integer is expected"),
                    ("/more", "no such field"),
                ]
            ),
            Faulty(value: "[]", faults: [("", "Object is expected, not an array")]),
            Faulty(value: "{}", faults: [("", "'name' is missing")]),
            Faulty(
                value: #"{"name":"ab","kind":"secret"}"#,
                faults: [("/name", "at least 3 characters, not 2"), ("/kind", #"not one of: "x", "y""#)]
            ),
            Faulty(
                value: #"{"name":"abc","shape":{"radius":"wide"}}"#,
                faults: [("/shape", "None of 2 forms fits. The nearest fails at '/shape/radius'")]
            ),
            Faulty(value: #"{"name":"abc","size":-1}"#, faults: [("/size", "at least 0.5")]),
        ]
    )
    func faults(of example: Faulty) throws {
        let schema = try JSONSchema(
            parsing: """
                {"type":"object","required":["name"],"additionalProperties":false,"properties":{
                "name":{"type":"string","minLength":3},"kind":{"enum":["x","y"]},"size":{"minimum":0.5},
                "tags":{"items":{"additionalProperties":{"type":"integer"}}},
                "shape":{"anyOf":[{"type":"string"},{"properties":{"radius":{"type":"number"}}}]}}}
                """
        )
        let faults = try schema.validate(JSONParser.parse(Array(example.value.utf8)))
        #expect(faults.map(\.pointer) == example.faults.map(\.pointer))
        for (fault, expected) in zip(faults, example.faults) {
            #expect(fault.detail.contains(expected.word), "\(fault)")
        }
        #expect(faults.allSatisfy { !$0.detail.contains("secret") && !$0.detail.contains("wide") })
    }

    @Test("Of very many faults the first twenty are told")
    func manyFaults() throws {
        let value = "[\(Array(repeating: "1", count: 1000).joined(separator: ","))]"
        let faults = try SchemaCase(schema: #"{"items":{"type":"string"}}"#, value: value, isValid: false).faults()
        #expect(faults.map(\.pointer) == (0..<FaultList.limit).map { "/\($0)" })
    }

    @Test("Two schemas are equal if they are written in the same way")
    func equality() throws {
        #expect(try JSONSchema(parsing: #"{"minimum":1}"#) == JSONSchema(parsing: #"{"minimum":1}"#))
        #expect(try JSONSchema(parsing: #"{"minimum":1}"#) != JSONSchema(parsing: #"{"minimum":1.0}"#))
        #expect(try Set([JSONSchema(parsing: "{}"), JSONSchema(parsing: "{}")]).count == 1)
    }
}
