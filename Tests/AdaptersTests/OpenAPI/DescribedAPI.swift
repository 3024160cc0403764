import Domain
import Testing

@testable import Adapters

/// The served document, for tests to look into.
struct DescribedAPI {
    let root: JSONObject

    init() throws {
        let document = APIDocument(version: "1.2.3", maxBodyBytes: 4711)
        self.root = try #require(try JSONParser.parse(document.json).object)
    }

    /// What stands at a JSON pointer.
    func value(at pointer: String) -> JSONValue? {
        var value = JSONValue.object(self.root)
        for part in pointer.split(separator: "/", omittingEmptySubsequences: true) {
            let key = String(part).replacing("~1", with: "/").replacing("~0", with: "~")
            guard let next = value.object?[key] else { return nil }
            value = next
        }
        return value
    }

    /// All operations, each with its method and its path.
    var operations: [(method: String, path: String, operation: JSONObject)] {
        let paths = self.root["paths"]?.object?.members ?? []
        return paths.flatMap { path in
            (path.value.object?.members ?? []).map { ($0.key, path.key, $0.value.object ?? [:]) }
        }
    }

    /// The operation of an id.
    func operation(_ id: String) throws -> JSONObject {
        try #require(self.operations.first { $0.operation["operationId"]?.string == id }?.operation, "\(id)")
    }

    /// Whatever a reference leads to; anything else is itself.
    func resolved(_ value: JSONValue?) -> JSONObject? {
        guard let object = value?.object else { return nil }
        guard let reference = object["$ref"]?.string else { return object }
        return self.value(at: String(reference.dropFirst()))?.object
    }

    /// The schema of the JSON body of an operation, with all that it refers to.
    func bodySchema(of operation: JSONObject) throws -> JSONSchema {
        let media = try #require(operation["requestBody"]?.object?["content"]?.object?["application/json"]?.object)
        var schema = try #require(media["schema"]?.object)
        schema["components"] = self.root["components"]
        return try JSONSchema(schema, unknownKeywords: .ignored)
    }

    /// Every reference in the document.
    var references: [String] { DescribedAPI.references(in: .object(self.root)) }

    private static func references(in value: JSONValue) -> [String] {
        switch value {
        case .object(let object):
            object.members.flatMap { member -> [String] in
                if member.key == "$ref", let reference = member.value.string { return [reference] }
                return DescribedAPI.references(in: member.value)
            }
        case .array(let elements): elements.flatMap { DescribedAPI.references(in: $0) }
        default: []
        }
    }
}
