/// A value that fits a JSON schema, drawn from a fingerprint.
enum SchemaSample {
    static let types: Set<String> = ["object", "array", "string", "integer", "number", "boolean", "null"]

    static func value(for schema: JSONValue, _ fingerprint: Fingerprint, depth: Int = 0) -> JSONValue {
        if let constant = schema["const"] { return constant }
        if let choices = schema["enum"]?.elements, !choices.isEmpty {
            return choices[fingerprint.number(at: depth, below: choices.count)]
        }
        if let form = schema["anyOf"]?.elements?.first { return value(for: form, fingerprint, depth: depth) }
        guard depth < 8 else { return .null }
        switch schema["type"]?.text {
        case "object":
            return .object(
                (schema["properties"]?.members ?? []).map { member in
                    let inner = Fingerprint("\(fingerprint.state) \(member.key)")
                    return .init(key: member.key, value: value(for: member.value, inner, depth: depth + 1))
                }
            )
        case "array":
            let count = schema["minItems"]?.int ?? 1
            return .array((0..<count).map { _ in value(for: schema["items"] ?? [:], fingerprint, depth: depth + 1) })
        case "integer": return .integer(fingerprint.number(at: depth, below: 90) + 1)
        case "number": return .number(Double(fingerprint.number(at: depth, below: 900)) / 10 + 0.05)
        case "boolean": return .bool(fingerprint.number(at: depth, below: 2) == 1)
        case "null": return .null
        default:
            let names = ["Lena", "Mara", "Paris", "John", "Ada"]
            return .string(names[fingerprint.number(at: depth, below: names.count)])
        }
    }

    /// Whether llama.cpp can turn the schema into a grammar, as far as its types go; otherwise the part it rejects.
    static func unrecognized(in schema: JSONValue) -> JSONValue? {
        if let type = schema["type"]?.text, !types.contains(type) { return schema }
        for member in schema["properties"]?.members ?? [] {
            if let part = unrecognized(in: member.value) { return part }
        }
        return schema["items"].flatMap { unrecognized(in: $0) }
    }
}
