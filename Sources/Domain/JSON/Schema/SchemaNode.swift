/// One subschema, compiled; others are named by their index.
struct SchemaNode: Sendable {
    /// The kinds of values in JSON Schema's words.
    struct Kinds: OptionSet, Sendable {
        let rawValue: UInt8

        static let null = Kinds(rawValue: 1)
        static let boolean = Kinds(rawValue: 2)
        static let integer = Kinds(rawValue: 4)
        /// Holds whole numbers as well.
        static let number = Kinds(rawValue: 8)
        static let string = Kinds(rawValue: 16)
        static let array = Kinds(rawValue: 32)
        static let object = Kinds(rawValue: 64)

        /// All kinds with their words.
        static let words: [(word: String, kind: Kinds)] = [
            ("null", .null), ("boolean", .boolean), ("integer", .integer), ("number", .number), ("string", .string),
            ("array", .array), ("object", .object),
        ]

        /// The kinds in words, for an error text.
        var text: String {
            Kinds.words.filter { self.contains($0.kind) }.map(\.word).joined(separator: " or ")
        }
    }

    /// `minimum` and its like.
    struct NumberRules: Sendable {
        var minimum: DecimalNumber?
        var maximum: DecimalNumber?
        var exclusiveMinimum: DecimalNumber?
        var exclusiveMaximum: DecimalNumber?
        var multipleOf: DecimalNumber?
        /// How the bounds were written, for an error text.
        var texts: [String: String] = [:]
    }

    /// A smallest and a largest count.
    struct CountRule: Sendable {
        var minimum = 0
        var maximum = Int.max

        func allows(_ count: Int) -> Bool { count >= self.minimum && count <= self.maximum }
    }

    /// What a string must be like.
    struct StringRules: Sendable {
        /// In Unicode scalars.
        var length = CountRule()
        var pattern: SchemaPattern?
    }

    /// What an array must be like.
    struct ArrayRules: Sendable {
        var count = CountRule()
        var items: Int?
    }

    /// What an object must be like.
    struct ObjectRules: Sendable {
        var properties: [String: Int] = [:]
        var required: [String] = []
        var additional: Int?
        var count = CountRule()
    }

    /// Nothing is valid: the boolean schema `false`.
    var refusesAll = false
    /// Nil where every kind is allowed.
    var kinds: Kinds?
    var allowed: [AllowedValues] = []
    var reference: Int?
    var allOf: [Int] = []
    var anyOf: [Int]?
    var oneOf: [Int]?
    var number: NumberRules?
    var string: StringRules?
    var array: ArrayRules?
    var object: ObjectRules?

    /// The subschemas that apply to the same value.
    var inPlace: [Int] {
        (self.reference.map { [$0] } ?? []) + self.allOf + (self.anyOf ?? []) + (self.oneOf ?? [])
    }
}
