/// What is wrong with a batch of spans.
struct TraceFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A span as a collector reads it: nothing that the schema does not have, and everything of the right kind.
///
/// Source: opentelemetry-proto, `trace.proto` and `common.proto`, in the JSON form of the OTLP specification.
struct TraceSpan: Sendable {
    let traceID: String
    let spanID: String
    let parentID: String?
    let state: String?
    let flags: Int
    let name: String
    let kind: Int
    let start: Int64
    let end: Int64
    let attributes: [String: JSON]
    let isFailed: Bool

    static let server = 2
    static let client = 3

    subscript(key: String) -> JSON? { self.attributes[key] }

    /// Whether its parent is said to be another process' span.
    var isParentRemote: Bool { self.flags & 0x300 == 0x300 }

    /// Reads a whole body.
    static func all(in body: [UInt8]) throws -> [TraceSpan] {
        let root = try Fields(try JSON(parsing: body), "request", ["resourceSpans"])
        return try root.array("resourceSpans").flatMap { element in
            let fields = try Fields(element, "resourceSpans", ["resource", "scopeSpans", "schemaUrl"])
            let resource = try Fields(
                fields.required("resource"),
                "resource",
                ["attributes", "droppedAttributesCount"]
            )
            guard try Self.attributes(resource)["service.name"]?.string?.isEmpty == false else {
                throw TraceFault("a resource without service.name")
            }
            return try fields.array("scopeSpans").flatMap { element in
                let fields = try Fields(element, "scopeSpans", ["scope", "spans", "schemaUrl"])
                let scope = try Fields(fields.required("scope"), "scope", ["name", "version", "attributes"])
                _ = try scope.text("name")
                return try fields.array("spans").map(TraceSpan.init)
            }
        }
    }

    private init(_ json: JSON) throws {
        let names: Set<String> = [
            "traceId", "spanId", "traceState", "parentSpanId", "flags", "name", "kind", "startTimeUnixNano",
            "endTimeUnixNano", "attributes", "droppedAttributesCount", "events", "droppedEventsCount", "links",
            "droppedLinksCount", "status",
        ]
        let fields = try Fields(json, "span", names)
        self.traceID = try Self.id(fields.text("traceId"), digits: 32)
        self.spanID = try Self.id(fields.text("spanId"), digits: 16)
        self.parentID = try fields["parentSpanId"].map { _ in try Self.id(fields.text("parentSpanId"), digits: 16) }
        self.state = try fields["traceState"].map { _ in try fields.text("traceState") }
        self.flags = try fields.integer("flags")
        self.name = try fields.text("name")
        self.kind = try fields.integer("kind")
        self.start = try Self.nanoseconds(fields.text("startTimeUnixNano"))
        self.end = try Self.nanoseconds(fields.text("endTimeUnixNano"))
        self.attributes = try Self.attributes(fields)
        let status = try Fields(fields["status"] ?? .object([:]), "status", ["code", "message"])
        let code = try status["code"] == nil ? 0 : status.integer("code")
        guard (0...2).contains(code), (1...5).contains(self.kind), self.start <= self.end, !self.name.isEmpty,
            (0...0x3FF).contains(self.flags)
        else { throw TraceFault("a span that cannot be: \(json)") }
        self.isFailed = code == 2
    }

    private static func id(_ text: String, digits: Int) throws -> String {
        guard text.utf8.count == digits, text.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) }),
            text.utf8.contains(where: { $0 != UInt8(ascii: "0") })
        else { throw TraceFault("'\(text)' is no id of \(digits) digits") }
        return text
    }

    /// A time that is not long ago and not to come.
    private static func nanoseconds(_ text: String) throws -> Int64 {
        guard let value = Int64(text), value > 1_700_000_000_000_000_000, value < 4_000_000_000_000_000_000 else {
            throw TraceFault("'\(text)' is no time")
        }
        return value
    }

    private static func attributes(_ fields: Fields) throws -> [String: JSON] {
        var attributes: [String: JSON] = [:]
        guard fields["attributes"] != nil else { return [:] }
        for element in try fields.array("attributes") {
            let pair = try Fields(element, "attribute", ["key", "value"])
            let key = try pair.text("key")
            guard !key.isEmpty, attributes[key] == nil else { throw TraceFault("the attribute '\(key)' twice") }
            attributes[key] = try Self.value(try pair.required("value"))
        }
        return attributes
    }

    /// A value in its plain form: an `intValue` as the number that its text says.
    private static func value(_ json: JSON) throws -> JSON {
        guard case .object(let object) = json, object.count == 1, let (kind, value) = object.first else {
            throw TraceFault("a value must be of one kind: \(json)")
        }
        switch (kind, value) {
        case ("stringValue", .string), ("boolValue", .bool), ("doubleValue", .number): return value
        case ("intValue", .string(let text)):
            guard let number = Int64(text) else { throw TraceFault("'\(text)' is no whole number") }
            return .number(Double(number))
        case ("arrayValue", _):
            let array = try Fields(value, "arrayValue", ["values"])
            return .array(try array.array("values").map(Self.value))
        default: throw TraceFault("a value that cannot be: \(json)")
        }
    }
}

/// The fields of an object, none of which is unknown.
private struct Fields {
    private let fields: [String: JSON]
    private let what: String

    init(_ json: JSON, _ what: String, _ known: Set<String>) throws {
        guard case .object(let fields) = json else { throw TraceFault("\(what) is no object: \(json)") }
        guard let unknown = fields.keys.first(where: { !known.contains($0) }) else {
            self.fields = fields
            self.what = what
            return
        }
        throw TraceFault("\(what) has no field '\(unknown)'")
    }

    subscript(key: String) -> JSON? { self.fields[key] }

    func required(_ key: String) throws -> JSON {
        guard let value = self.fields[key] else { throw TraceFault("\(self.what) lacks '\(key)'") }
        return value
    }

    func text(_ key: String) throws -> String {
        guard let text = try self.required(key).string else { throw TraceFault("\(self.what).\(key) is no text") }
        return text
    }

    func integer(_ key: String) throws -> Int {
        guard let number = try self.required(key).int else { throw TraceFault("\(self.what).\(key) is no number") }
        return number
    }

    func array(_ key: String) throws -> [JSON] {
        guard case .array(let elements) = try self.required(key) else {
            throw TraceFault("\(self.what).\(key) is no list")
        }
        return elements
    }
}
