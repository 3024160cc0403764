import Domain

/// How commands read answers: what is not there, or of another kind, is nil.
extension JSONValue {
    /// A member of an object.
    subscript(key: String) -> JSONValue? { self.object?[key] }

    /// A number.
    var double: Double? {
        if case .number(let number) = self { number.double } else { nil }
    }

    /// A whole number.
    var integer: Int? {
        if case .number(let number) = self { number.integer } else { nil }
    }

    /// Whether it says yes.
    var isTrue: Bool { self == .bool(true) }

    /// The elements of an array; none of anything else.
    var elements: [JSONValue] { self.array ?? [] }
}
