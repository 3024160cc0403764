import Domain
import HTTPTypes
import Testing

@testable import Adapters

@Suite("The key of a request")
struct CredentialsTests {
    private func key(_ headers: HTTPFields) throws -> String? { try Credentials.key(in: headers) }

    @Test("A key comes as a bearer token, as the password of Basic, or as x-api-key")
    func places() throws {
        #expect(try self.key([.authorization: "Bearer so_a_1"]) == "so_a_1")
        #expect(try self.key([.authorization: "bearer  so_a_1 "]) == "so_a_1")
        // "anybody:so:1" and ":k"
        #expect(try self.key([.authorization: "Basic YW55Ym9keTpzbzox"]) == "so:1")
        #expect(try self.key([.authorization: "Basic Oms="]) == "k")
        #expect(try self.key([.xAPIKey: "so_a_1"]) == "so_a_1")
        #expect(try self.key([:]) == nil)
        #expect(try self.key([.xAPIKey: ""]) == nil)
    }

    @Test("What cannot be read is refused", arguments: ["Bearer", "Digest x", "Basic ???", "Basic YQ==", "so_a_1"])
    func unreadable(_ value: String) {
        #expect(throws: ServiceError.self) { try self.key([.authorization: value]) }
    }

    @Test("X-Priority is one of three words")
    func priority() throws {
        #expect(try PriorityHeader.requestClass(in: [:]) == nil)
        #expect(try PriorityHeader.requestClass(in: [.xPriority: "Batch"]) == .batch)
        #expect(throws: ServiceError.self) { try PriorityHeader.requestClass(in: [.xPriority: "urgent"]) }
    }

    @Test("A path has the error shape of its dialect")
    func shapes() {
        let expected: [(String, ErrorShape)] = [
            ("/api/v1/chat", .problem), ("/api/v1/chat/completions", .openAI), ("/api/chat", .ollama),
            ("/v1/models", .openAI), ("/v1/messages", .anthropic), ("/v1/messages/count_tokens", .anthropic),
            ("/health", .problem), ("/api/v1", .problem),
        ]
        for (path, shape) in expected { #expect(ErrorShape(path: path) == shape, "\(path)") }
    }
}
