import Domain

/// What a record of the log says beside its message, independent of how it is written.
protocol LogContent {
    /// Hands over the fields, in order.
    func write(to fields: inout some LogFields)
}

/// Takes the fields of a record; nil writes nothing.
protocol LogFields {
    /// A text.
    mutating func field(_ key: String, _ value: String?)
    /// A whole number.
    mutating func field(_ key: String, _ value: Int?)
    /// A number.
    mutating func field(_ key: String, _ value: Double?)
    /// A boolean.
    mutating func field(_ key: String, _ value: Bool?)
}

extension JSONWriter: LogFields {}
