import Domain
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Testing

@testable import Adapters

@Suite("Routes that do not exist")
struct RouteTableTests {
    private static let table = RouteTable(routes: [
        .init(method: .post, path: "/api/v1/chat"), .init(method: .get, path: "/health"),
        .init(method: .delete, path: "/health"),
    ])

    private static func answer(_ method: HTTPRequest.Method, _ path: String) -> Response {
        let head = HTTPRequest(method: method, scheme: "http", authority: "localhost", path: path)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
        return self.table.unknown(request, requestID: Domain.RequestID(generated: "id-1"))
    }

    @Test(
        "The dialect is that of the neighbours",
        arguments: [
            ("/nope", "application/problem+json"), ("/", "application/problem+json"),
            ("/api", "application/problem+json"),
            ("/api/v1", "application/problem+json"), ("/api/v1/nope", "application/problem+json"),
            ("/apix", "application/problem+json"), ("/v1x", "application/problem+json"),
            ("/v2/x", "application/problem+json"),
            ("/api/nope", "text/plain"), ("/api/v10", "text/plain"), ("/api/", "text/plain"),
            ("/v1", "application/json; charset=utf-8"), ("/v1/nope", "application/json; charset=utf-8"),
        ]
    )
    func dialects(path: String, type: String) {
        let answer = Self.answer(.get, path)
        #expect(answer.status == .notFound && answer.headers[.contentType] == type)
        #expect(answer.headers[.allow] == nil)
    }

    @Test("A wrong method names the right ones")
    func methods() {
        let chat = Self.answer(.get, "/api/v1/chat")
        #expect(chat.status == .methodNotAllowed && chat.headers[.allow] == "POST")
        let health = Self.answer(.put, "/health?x=1")
        #expect(health.status == .methodNotAllowed && health.headers[.allow] == "GET, DELETE")
    }
}
