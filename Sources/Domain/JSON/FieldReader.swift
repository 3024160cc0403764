/// Reads the fields of one JSON object and notes every fault on the way, so that a caller hears of all of them at once.
///
/// A field that is absent and one that is `null` are the same. Readers of nested objects share one ``FaultList``.
public struct FieldReader {
    /// Where this object is: a JSON pointer, empty at the top.
    public let pointer: String
    /// The faults found so far, here and in all readers of the same text.
    public let faults: FaultList
    private let object: JSONObject
    private let known: KnownFields

    /// Starts to read an object.
    public init(_ object: JSONObject, at pointer: String = "", faults: FaultList) {
        self.object = object
        self.pointer = pointer
        self.faults = faults
        self.known = KnownFields()
    }

    // MARK: Values

    /// The value of a field, or nil if it is absent or null.
    public func value(_ key: String) -> JSONValue? {
        self.known.names.append(key)
        guard let value = self.object[key], value != .null else { return nil }
        return value
    }

    /// Whether the field is there, be it null.
    public func isPresent(_ key: String) -> Bool {
        self.object[key] != nil
    }

    /// A string.
    public func string(_ key: String) -> String? {
        guard let value = self.value(key) else { return nil }
        guard case .string(let string) = value else { return self.wrong(key, value, "a string") }
        return string
    }

    /// A string that must be there.
    public func requiredString(_ key: String) -> String? {
        self.required(key, self.string(key))
    }

    /// A string that is one of a few.
    public func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, as type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        guard let string = self.string(key) else { return nil }
        if let choice = Choice(rawValue: string) { return choice }
        let words = Choice.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        self.fault(key, "'\(string.prefix(64))' is not one of \(words).")
        return nil
    }

    /// A boolean.
    public func bool(_ key: String) -> Bool? {
        guard let value = self.value(key) else { return nil }
        guard case .bool(let bool) = value else { return self.wrong(key, value, "a boolean") }
        return bool
    }

    /// A number within a range.
    public func number(_ key: String, in range: ClosedRange<Double>) -> Double? {
        guard let value = self.value(key) else { return nil }
        guard case .number(let number) = value else { return self.wrong(key, value, "a number") }
        guard range.contains(number.double) else {
            let bounds = "\(self.short(range.lowerBound)) and \(self.short(range.upperBound))"
            self.fault(key, "\(number.text.prefix(32)) is not between \(bounds).")
            return nil
        }
        return number.double
    }

    /// A whole number within a range.
    public func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = self.value(key) else { return nil }
        guard case .number(let number) = value, let integer = number.integer else {
            return self.wrong(key, value, "a whole number")
        }
        guard range.contains(integer) else {
            let bound =
                range.upperBound == .max
                ? "at least \(range.lowerBound)" : "between \(range.lowerBound) and \(range.upperBound)"
            self.fault(key, "\(integer) is not \(bound).")
            return nil
        }
        return integer
    }

    /// A nested object, to be read by the body.
    public func object<Result>(_ key: String, _ body: (FieldReader) -> Result?) -> Result? {
        guard let value = self.value(key) else { return nil }
        guard case .object(let object) = value else { return self.wrong(key, value, "an object") }
        return body(FieldReader(object, at: self.pointer(to: key), faults: self.faults))
    }

    /// An array of objects, each to be read by the body.
    ///
    /// Elements for which it returns nil are left out: it noted why.
    public func objects<Element>(_ key: String, _ body: (FieldReader) -> Element?) -> [Element]? {
        guard let value = self.value(key) else { return nil }
        guard case .array(let elements) = value else { return self.wrong(key, value, "an array") }
        var results: [Element] = []
        for (index, element) in elements.enumerated() {
            let pointer = "\(self.pointer(to: key))/\(index)"
            guard case .object(let object) = element else {
                self.faults.add(pointer, "\(element.kind) stands where an object is expected.".capitalizedFirst)
                continue
            }
            if let result = body(FieldReader(object, at: pointer, faults: self.faults)) { results.append(result) }
        }
        return results
    }

    /// An array of strings, or one string that stands for an array of one.
    public func strings(_ key: String, atMost limit: Int) -> [String]? {
        guard let value = self.value(key) else { return nil }
        if case .string(let string) = value { return [string] }
        guard case .array(let elements) = value, elements.allSatisfy({ $0.string != nil }) else {
            return self.wrong(key, value, "a string or an array of strings")
        }
        guard elements.count <= limit else {
            self.fault(key, "There are \(elements.count) strings where at most \(limit) are allowed.")
            return nil
        }
        return elements.compactMap(\.string)
    }

    // MARK: Faults

    /// Notes a fault of a field of this object.
    public func fault(_ key: String, _ detail: String) {
        self.faults.add(self.pointer(to: key), detail)
    }

    /// Notes that a field is missing, if its value is nil and nothing else was wrong with it.
    public func required<Value>(_ key: String, _ value: Value?) -> Value? {
        if value == nil, (self.object[key] ?? .null) == .null { self.fault(key, "The field '\(key)' is missing.") }
        return value
    }

    /// Notes every field that nobody asked for, each with the nearest field that exists.
    public func refuseUnknownFields() {
        for member in self.object.members where !self.known.names.contains(member.key) {
            let nearest = EditDistance.nearest(to: member.key, among: self.known.names)
            let hint = nearest.map { " Did you mean '\($0)'?" } ?? ""
            self.fault(member.key, "There is no field '\(member.key.prefix(64))'.\(hint)")
        }
    }

    /// The JSON pointer of a field of this object (RFC 6901).
    public func pointer(to key: String) -> String {
        self.pointer + SchemaReference.pointer(CollectionOfOne(key))
    }

    private func wrong<Value>(_ key: String, _ value: JSONValue, _ expected: String) -> Value? {
        self.fault(key, "\(expected) is expected, not \(value.kind).".capitalizedFirst)
        return nil
    }

    private func short(_ bound: Double) -> String {
        Int(exactly: bound).map(String.init) ?? String(bound)
    }
}

/// The names that were asked for, shared by the copies of one reader.
private final class KnownFields {
    // Never reached while it is being changed: nothing else happens in between.
    @exclusivity(unchecked) var names: [String] = []

    init() {
        // Most objects are asked for about as many fields.
        self.names.reserveCapacity(16)
    }
}

/// The faults that several readers find in one text.
public final class FaultList {
    /// How many faults are kept; more would only lengthen the answer.
    public static let limit = 20

    /// The faults, in the order in which they were found.
    public private(set) var all: [FieldFault] = []

    private var codes: Set<ServiceError.Code> = []

    /// Starts with none.
    public init() {}

    /// The code of an error that tells all faults: their own if they have only one, else `invalid_request`.
    public var code: ServiceError.Code {
        self.codes.count == 1 ? self.codes.first ?? .invalidRequest : .invalidRequest
    }

    /// Notes a fault.
    public func add(_ pointer: String, _ detail: String) {
        self.add(pointer, detail, code: .invalidRequest)
    }

    private func add(_ pointer: String, _ detail: String, code: ServiceError.Code) {
        self.codes.insert(code)
        guard self.all.count < FaultList.limit else { return }
        self.all.append(FieldFault(pointer: pointer, detail: detail))
    }

    /// Notes a failure to make a value: its own faults, moved below the pointer, or its message.
    public func add(_ pointer: String, _ error: any Error) {
        guard let error = error as? ServiceError else { return self.add(pointer, "The value is not valid.") }
        guard !error.faults.isEmpty else { return self.add(pointer, error.message, code: error.code) }
        for fault in error.faults { self.add(pointer + fault.pointer, fault.detail, code: error.code) }
    }
}

extension String {
    /// The string with a capital at its start.
    var capitalizedFirst: String {
        guard let first = self.first else { return self }
        return first.uppercased() + self.dropFirst()
    }
}
