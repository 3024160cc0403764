import Domain
import Testing

@Suite("A schema that answers cannot be checked against")
struct SchemaRefusalTests {
    /// A schema's fault.
    struct Wrong: Sendable, CustomTestStringConvertible {
        let schema: String
        let pointer: String
        var testDescription: String { self.schema }

        init(_ schema: String, _ pointer: String) {
            self.schema = schema
            self.pointer = pointer
        }
    }

    @Test(
        "A keyword that is not known is refused by name, with its place",
        arguments: [
            Wrong(#"{"not":{}}"#, "/not"), Wrong(#"{"if":{},"type":"object"}"#, "/if"),
            Wrong(#"{"prefixItems":[{}]}"#, "/prefixItems"), Wrong(#"{"uniqueItems":true}"#, "/uniqueItems"),
            Wrong(
                #"{"properties":{"a/b":{"items":{"patternProperties":{}}}}}"#,
                "/properties/a~1b/items/patternProperties"
            ),
            Wrong(#"{"anyOf":[{},{"dependentRequired":{}}]}"#, "/anyOf/1/dependentRequired"),
            Wrong(#"{"additionalProperties":{"contains":{}}}"#, "/additionalProperties/contains"),
            Wrong(
                ##"{"$ref":"#/$defs/a","$defs":{"a":{"oneOf":[{"propertyNames":{}}]}}}"##,
                "/$defs/a/oneOf/0/propertyNames"
            ),
            Wrong(##"{"$ref":"other.json"}"##, "/$ref"),
            Wrong(##"{"$ref":"https://example.org/x#/$defs/a"}"##, "/$ref"),
            Wrong(##"{"$ref":"#name"}"##, "/$ref"), Wrong(##"{"$dynamicRef":"#"}"##, "/$dynamicRef"),
            Wrong(#"{"multipleOf":1.2345678901234567891}"#, "/multipleOf"),
            Wrong(#"{"pattern":"(?=a)"}"#, "/pattern"),
        ]
    )
    func unsupported(_ wrong: Wrong) throws {
        let error = #expect(throws: ServiceError.self) { try JSONSchema(parsing: wrong.schema) }
        #expect(error?.code == .unsupportedField)
        #expect(error?.faults.map(\.pointer) == [wrong.pointer])
        if let keyword = wrong.pointer.split(separator: "/").last, keyword != "$ref", keyword != "multipleOf",
            keyword != "pattern"
        {
            #expect(error?.message.contains("'\(keyword)'") == true)
        }
    }

    @Test(
        "A keyword with a wrong value is refused with its place",
        arguments: [
            Wrong(#"{"type":"set"}"#, "/type"), Wrong(#"{"type":[]}"#, "/type"), Wrong(#"{"type":1}"#, "/type"),
            Wrong(#"{"properties":[]}"#, "/properties"), Wrong(#"{"properties":{"a":7}}"#, "/properties/a"),
            Wrong(#"{"required":"a"}"#, "/required"), Wrong(#"{"required":[1]}"#, "/required"),
            Wrong(#"{"items":[{}]}"#, "/items"), Wrong(#"{"anyOf":[]}"#, "/anyOf"), Wrong(#"{"allOf":{}}"#, "/allOf"),
            Wrong(#"{"minimum":"1"}"#, "/minimum"), Wrong(#"{"exclusiveMinimum":true}"#, "/exclusiveMinimum"),
            Wrong(#"{"multipleOf":0}"#, "/multipleOf"), Wrong(#"{"multipleOf":-1}"#, "/multipleOf"),
            Wrong(#"{"minLength":-1}"#, "/minLength"), Wrong(#"{"maxItems":1.5}"#, "/maxItems"),
            Wrong(#"{"enum":1}"#, "/enum"), Wrong(#"{"pattern":"("}"#, "/pattern"),
            Wrong(#"{"pattern":1}"#, "/pattern"),
            Wrong(##"{"$ref":"#/$defs/a"}"##, "/$ref"), Wrong(##"{"$ref":1}"##, "/$ref"),
            Wrong(##"{"$ref":"#"}"##, ""), Wrong(##"{"anyOf":[{"allOf":[{"$ref":"#"}]}]}"##, ""),
        ]
    )
    func wrong(_ wrong: Wrong) {
        let error = #expect(throws: ServiceError.self) { try JSONSchema(parsing: wrong.schema) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.faults.map(\.pointer) == [wrong.pointer])
    }

    @Test("Annotations are accepted and mean nothing")
    func annotations() throws {
        let schema = try JSONSchema(
            parsing: """
                {"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"x","$comment":"c","title":"t","description":"d",
                "default":1,"examples":[2],"deprecated":true,"readOnly":true,"writeOnly":true,"format":"uuid","strict":true,
                "discriminator":{"propertyName":"kind"},"$defs":{"unused":{"not":{}}},"definitions":{}}
                """
        )
        #expect(schema.validate(.null).isEmpty)
    }

    @Test("Where unknown keywords may be ignored, the known ones hold")
    func ignored() throws {
        let schema = try JSONSchema(
            parsing: #"{"not":{},"type":"object","propertyNames":{"maxLength":3},"required":["a"]}"#,
            unknownKeywords: .ignored
        )
        #expect(schema.validate(.object(["a": .null, "long name": .null])).isEmpty)
        #expect(schema.validate(.object([:])).map(\.pointer) == [""])
    }
}

@Suite("A hostile schema")
struct HostileSchemaTests {
    @Test("Too many subschemas are refused")
    func manySubschemas() throws {
        let forms = Array(repeating: "{}", count: 10_001).joined(separator: ",")
        let error = #expect(throws: ServiceError.self) { try JSONSchema(parsing: "{\"anyOf\":[\(forms)]}") }
        #expect(error?.code == .unsupportedField)
    }

    /// Each definition asks twice for the next: the ways through double with each.
    private static func doubling(_ count: Int) -> String {
        let definitions = (0..<count).map {
            "\"d\($0)\":{\"anyOf\":[{\"$ref\":\"#/$defs/d\($0 + 1)\"},{\"$ref\":\"#/$defs/d\($0 + 1)\"}]}"
        }
        return "{\"$ref\":\"#/$defs/d0\",\"$defs\":{\(definitions.joined(separator: ",")),\"d\(count)\":false}}"
    }

    @Test("A check that would take for ever ends, and its answer is not valid")
    func doubling() throws {
        let faults = try JSONSchema(parsing: Self.doubling(60)).validate(.null)
        #expect(faults.count == 1 && faults[0].detail.contains("too large"), "\(faults)")
    }

    @Test("References that only lead to one another do not overflow the stack")
    func longChain() throws {
        let definitions = (0..<5000).map { "\"d\($0)\":{\"$ref\":\"#/$defs/d\($0 + 1)\"}" }
        let schema = try JSONSchema(
            parsing: "{\"$ref\":\"#/$defs/d0\",\"$defs\":{\(definitions.joined(separator: ",")),\"d5000\":{}}}"
        )
        let faults = schema.validate(.null)
        #expect(faults.count == 1 && faults[0].detail.contains("inside one another"), "\(faults)")
    }

    @Test("The deepest value that can be read is checked to its bottom")
    func deepValue() throws {
        let depth = JSONScanner.maximumDepth
        let schema = try JSONSchema(parsing: ##"{"anyOf":[{"type":"integer"},{"items":{"$ref":"#"},"type":"array"}]}"##)
        func nested(_ inner: String) throws -> JSONValue {
            let text = String(repeating: "[", count: depth) + inner + String(repeating: "]", count: depth)
            return try JSONParser.parse(Array(text.utf8))
        }
        #expect(try schema.validate(nested("1")).isEmpty)
        #expect(try schema.validate(nested("null")).count == 1)
    }

    @Test("References whose goals hold one another's copies are moved only as far as that stays small")
    func manyCopies() throws {
        let wide = JSONValue.array(Array(repeating: .object([:]), count: 300))
        let properties = (0..<100).map { JSONObject.Member(key: "p\($0)", value: .object(["anyOf": wide])) }
        func schema(references: Int) -> JSONObject {
            let all = (0..<references).map { JSONValue.object(["$ref": .string("#/properties/p\($0)")]) }
            return ["properties": .object(JSONObject(properties)), "allOf": .array(all)]
        }
        var definitions = SchemaDefinitions()
        #expect(throws: Never.self) { try definitions.move(schema(references: 1)) }
        #expect(definitions.all.members.map(\.key) == ["d0"])
        var more = SchemaDefinitions()
        let error = #expect(throws: ServiceError.self) { try more.move(schema(references: 100)) }
        #expect(error?.code == .unsupportedField)
    }
}
