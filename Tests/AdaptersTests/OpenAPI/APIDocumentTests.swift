import Domain
import Testing

@testable import Adapters

@Suite("The description of the API")
struct APIDocumentTests {
    private let api: DescribedAPI

    init() throws {
        self.api = try DescribedAPI()
    }

    @Test("It is OpenAPI 3.1 of this service, told with its limits")
    func head() {
        #expect(self.api.root["openapi"] == .string("3.1.0"))
        #expect(self.api.value(at: "/info/version") == .string("1.2.3"))
        #expect(self.api.value(at: "/info/description")?.string?.contains("4711 bytes") == true)
        #expect(self.api.root["servers"] == .array([.object(["url": .string("/")])]))
    }

    @Test("Every reference leads somewhere")
    func references() {
        let references = Set(self.api.references)
        #expect(references.count > 50)
        for reference in references {
            #expect(
                reference.hasPrefix("#/") && self.api.value(at: String(reference.dropFirst())) != nil,
                "\(reference)"
            )
        }
    }

    @Test("No schema is told twice, and none for nothing")
    func schemas() throws {
        let schemas = try #require(self.api.value(at: "/components/schemas")?.object)
        let names = schemas.members.map(\.key)
        #expect(Set(names).count == names.count)
        let references = Set(self.api.references)
        for name in names { #expect(references.contains("#/components/schemas/\(name)"), "\(name)") }
    }

    @Test("Every operation has an id of its own, a summary, a tag that is told, and errors with bodies")
    func operations() throws {
        let operations = self.api.operations
        let ids = operations.compactMap { $0.operation["operationId"]?.string }
        #expect(ids.count == operations.count && Set(ids).count == ids.count)
        let tags = Set(self.api.root["tags"]?.array?.compactMap { $0.object?["name"]?.string } ?? [])
        for (method, path, operation) in operations {
            let place = "\(method) \(path)"
            #expect(operation["summary"]?.string?.isEmpty == false, "\(place)")
            #expect(tags.isSuperset(of: operation["tags"]?.array?.compactMap(\.string) ?? ["?"]), "\(place)")
            let responses = operation["responses"]?.object?.members ?? []
            #expect(responses.contains { $0.key.hasPrefix("2") || $0.key.hasPrefix("3") }, "\(place)")
            let failures = responses.filter { $0.key.hasPrefix("4") }
            #expect(!failures.isEmpty, "\(place)")
            for failure in failures {
                let content = self.api.resolved(failure.value)?["content"]?.object?.members ?? []
                let schema = content.first?.value.object?["schema"]?.object?["$ref"]?.string ?? ""
                #expect(
                    ["Problem", "OllamaError", "OpenAIError", "AnthropicError"].contains { schema.hasSuffix("/\($0)") },
                    "\(place)"
                )
            }
        }
    }

    @Test(
        "Errors are told in the dialect of the route",
        arguments: [
            ("generate", "400", "Problem"), ("ollamaChat", "400", "OllamaError"),
            ("createMessage", "503", "AnthropicError"),
            ("createChatCompletion", "429", "OpenAIError"), ("nativeCreateChatCompletion", "429", "OpenAIError"),
            ("createMessage", "431", "Problem"), ("openAPI", "401", "Problem"),
        ]
    )
    func dialects(id: String, status: String, schema: String) throws {
        let responses = try #require(self.api.operation(id)["responses"]?.object)
        let content = self.api.resolved(responses[status])?["content"]?.object?.members.first
        #expect(content?.value.object?["schema"] == .object(["$ref": .string("#/components/schemas/\(schema)")]))
    }

    @Test("Parameters in a path are described, and no others")
    func pathParameters() {
        for (method, path, operation) in self.api.operations {
            let parameters = operation["parameters"]?.array?.compactMap { self.api.resolved($0) } ?? []
            let described = parameters.filter { $0["in"] == .string("path") }.compactMap { $0["name"]?.string }
            let open = path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
            #expect(described == open, "\(method) \(path)")
        }
    }
}
