/// A JSON value that loses nothing: numbers keep their digits and objects the order of their fields.
///
/// The order matters: a model sees the fields of a tool's schema in the order in which the caller wrote them.
public enum JSONValue: Sendable, Hashable {
    /// `null`
    case null
    /// `true` or `false`
    case bool(Bool)
    /// A number, as it was written.
    case number(JSONNumber)
    /// A string, decoded.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object, fields in order.
    case object(JSONObject)

    /// What kind of value this is, in words for an error text.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The string, if this is one.
    public var string: String? {
        if case .string(let string) = self { string } else { nil }
    }

    /// The object, if this is one.
    public var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// The elements, if this is an array.
    public var array: [JSONValue]? {
        if case .array(let array) = self { array } else { nil }
    }

    /// The value as JSON text without white space.
    public var text: String {
        var writer = JSONWriter()
        writer.value(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// A number with the digits that its writer chose.
public struct JSONNumber: Sendable, Hashable {
    /// The number as JSON text.
    public let text: String

    /// Wraps text that is already known to be a JSON number.
    init(validated text: String) {
        self.text = text
    }

    /// A whole number.
    public init(_ value: Int) {
        self.text = String(value)
    }

    /// A finite floating-point number; an infinite one or NaN becomes 0, which JSON can say.
    public init(_ value: Double) {
        self.text = Int(exactly: value).map(String.init) ?? (value.isFinite ? String(value) : "0")
    }

    /// The nearest floating-point value.
    public var double: Double { Double(self.text) ?? 0 }

    /// The value as an integer, if it is a whole number (`3`, `3.0`, `3e2`) and fits.
    public var integer: Int? { Int(self.text) ?? Int(exactly: self.double) }
}

/// The fields of a JSON object in their order.
///
/// Of fields with the same name the last one counts.
public struct JSONObject: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One field.
    public struct Member: Sendable, Hashable {
        /// The field's name.
        public let key: String
        /// The field's value.
        public var value: JSONValue

        /// Creates a field.
        public init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }

        /// Most names differ in their length already.
        @inline(__always)
        fileprivate func isNamed(_ name: String) -> Bool {
            self.key.utf8.count == name.utf8.count && self.key == name
        }
    }

    /// All fields, in order.
    public private(set) var members: [Member]

    /// Creates an object of fields.
    public init(_ members: [Member] = []) {
        self.members = members
    }

    /// Creates an object of the fields of a literal.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.members = elements.map { Member(key: $0.0, value: $0.1) }
    }

    /// The value of a field.
    ///
    /// Setting nil removes the field.
    public subscript(key: String) -> JSONValue? {
        get { self.members.last { $0.isNamed(key) }?.value }
        set {
            guard let newValue else {
                self.members.removeAll { $0.isNamed(key) }
                return
            }
            if let index = self.members.lastIndex(where: { $0.isNamed(key) }) {
                self.members[index].value = newValue
            } else {
                self.members.append(Member(key: key, value: newValue))
            }
        }
    }
}
