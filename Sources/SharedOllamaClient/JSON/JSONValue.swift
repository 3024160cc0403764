/// A JSON value (RFC 8259), as schemas and the arguments of tools are made of.
///
/// Members of objects keep their order: the order of a schema's properties is the order in which a model writes them.
///
/// ```swift
/// let schema: JSONValue = ["type": "object", "properties": ["city": ["type": "string"]], "required": ["city"]]
/// ```
public enum JSONValue: Sendable, Hashable {
    /// `null`
    case null
    /// `true` or `false`
    case bool(Bool)
    /// A number without fraction and exponent that fits into 64 bits.
    case integer(Int)
    /// Any other number.
    case number(Double)
    /// A text.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// Names and values, in order.
    case object([Member])

    /// A name and its value.
    public struct Member: Sendable, Hashable {
        /// The name.
        public let name: String
        /// The value.
        public let value: JSONValue

        /// A member of an object.
        public init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// Reads a text that holds one value.
    ///
    /// - Throws: ``SharedOllamaError`` with the code ``SharedOllamaError/Code/unreadableAnswer`` if it holds anything else.
    public init(parsing text: String) throws(SharedOllamaError) {
        self = try JSONParser.parse(Array(text.utf8))
    }

    /// The value as text, without spaces.
    public var text: String { String(decoding: self.bytes, as: UTF8.self) }

    /// The value of a member; of two with one name the last.
    ///
    /// Nil where there is none, or null.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self, let member = members.last(where: { $0.name == name }) else {
            return nil
        }
        return member.value == .null ? nil : member.value
    }

    /// The text, if it is one.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The number, if it is a whole one.
    public var int: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The number, if it is one.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The truth value, if it is one.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The elements, if it is a list.
    public var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// A text.
    public init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// A number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A list.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object; its members keep the order in which they stand.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
}

extension JSONValue {
    /// An object of those members that have a value.
    init(members: [(String, JSONValue?)]) {
        self = .object(members.compactMap { name, value in value.map { Member(name, $0) } })
    }
}
