import Domain
import Testing

@testable import Adapters

@Suite("What routes call the fields with which an engine finds fault")
struct EngineFaultNamesTests {
    private static func renamed(_ pointer: String, by names: EngineFaultNames) -> String? {
        names.renamed(ServiceError(.invalidRequest, field: pointer, "no")).faults.first?.pointer
    }

    @Test("A fault in a tool's schema is told where the caller of the dialect wrote it")
    func tools() {
        let deep = "/tools/12/function/parameters/properties/function/parameters"
        #expect(Self.renamed(deep, by: .chat) == deep)
        #expect(Self.renamed(deep, by: .responses) == "/tools/12/parameters/properties/function/parameters")
        #expect(Self.renamed(deep, by: .messages) == "/tools/12/input_schema/properties/function/parameters")
        #expect(Self.renamed("/tools/0/function/parameters", by: .messages) == "/tools/0/input_schema")
        for other in ["/tools", "/tools/0", "/tools/0/function", "/messages/0/function/parameters", "", "/"] {
            #expect(Self.renamed(other, by: .messages) == other)
        }
    }

    @Test("Other fields have the names of their route")
    func fields() {
        #expect(Self.renamed("/think", by: .responses) == "/reasoning/effort")
        #expect(Self.renamed("/think", by: .chat) == "/reasoning_effort")
        #expect(Self.renamed("/messages", by: .completions) == "/prompt")
    }
}
