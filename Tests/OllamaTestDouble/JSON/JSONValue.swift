/// A JSON value that keeps the order of the members of an object, as the engines' encoders do.
///
/// The double writes its answers itself: order and escapes are then the recorded ones, not those of a library.
enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// One key of an object and its value.
    struct Member: Sendable, Equatable {
        var key: String
        var value: JSONValue
    }

    subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        // The last of duplicate keys wins, as in Go.
        return members.last { $0.key == key }?.value
    }

    var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    var flag: Bool? {
        guard case .bool(let flag) = self else { return nil }
        return flag
    }

    var int: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value) where value.magnitude < 9e15: Int(value)
        default: nil
        }
    }

    var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    var elements: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    var members: [Member]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    var isNull: Bool { self == .null }

    /// The name that Go's decoder gives to the kind of a value in its error texts.
    var goKind: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .integer, .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// The value with one more member; on anything but an object the value unchanged.
    func adding(_ key: String, _ value: JSONValue?) -> JSONValue {
        guard let value, case .object(var members) = self else { return self }
        members.append(Member(key: key, value: value))
        return .object(members)
    }

    /// The value with the members sorted by key, all the way down, as Go writes a map.
    var sortedByKey: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.sortedByKey))
        case .object(let members):
            .object(
                members
                    .map { Member(key: $0.key, value: $0.value.sortedByKey) }
                    .sorted { $0.key < $1.key }
            )
        default: self
        }
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member(key: $0.0, value: $0.1) })
    }
}

extension JSONValue: ExpressibleByArrayLiteral {
    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}

extension JSONValue: ExpressibleByStringInterpolation {
    init(stringLiteral value: String) { self = .string(value) }
}

extension JSONValue: ExpressibleByIntegerLiteral {
    init(integerLiteral value: Int) { self = .integer(value) }
}

extension JSONValue: ExpressibleByFloatLiteral {
    init(floatLiteral value: Double) { self = .number(value) }
}

extension JSONValue: ExpressibleByBooleanLiteral {
    init(booleanLiteral value: Bool) { self = .bool(value) }
}
