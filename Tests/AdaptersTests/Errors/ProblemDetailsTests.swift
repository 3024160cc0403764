import Domain
import HTTPTypes
import NIOCore
import Testing

@testable import Adapters

@Suite("Errors on HTTP")
struct ProblemDetailsTests {
    /// Every code that the service knows, its status, and its status on native routes where the schema is broken.
    static let codes: [(ServiceError.Code, Int)] = [
        (.invalidRequest, 400), (.invalidModel, 400), (.invalidPrompt, 400), (.unsupportedField, 400),
        (.promptTooLarge, 400), (.forbidden, 403), (.modelNotFound, 404), (.notFound, 404), (.methodNotAllowed, 405),
        (.requestTimeout, 408), (.cancelled, 409), (.requestTooLarge, 413), (.headerTooLarge, 431), (.internal, 500),
        (.notSupportedByEngine, 501), (.engineError, 502), (.queueFull, 503), (.queueTimeout, 503),
        (.engineUnavailable, 503), (.shuttingDown, 503), (.engineTimeout, 504), (.deadlineExceeded, 504),
    ]

    private static func body(_ error: ServiceError) throws -> JSONObject {
        let response = ProblemDetails(error, requestID: RequestID(generated: "id-1"), instance: "/api/v1/chat").response
        #expect(response.headers[.contentType] == "application/problem+json")
        #expect(response.headers[.cacheControl] == "no-store")
        #expect(response.headers[.contentLength] == String(response.body.readableBytes))
        return try #require(try JSONParser.parse(Array(response.body.readableBytesView)).object)
    }

    @Test("Every code has its status and a title of its own", arguments: codes)
    func table(code: ServiceError.Code, status: Int) throws {
        let error = ServiceError(code, "words")
        #expect(StatusTable.status(of: error).code == status)
        #expect(ProblemDetails.status(of: error).code == status)
        #expect(code == .internal || StatusTable.title(of: error) != "Internal error")
        let body = try Self.body(error)
        #expect(body["status"] == .number(JSONNumber(status)) && body["code"] == .string(code.rawValue))
    }

    @Test("A code that nobody foresaw is a fault of the service")
    func unknown() {
        #expect(StatusTable.status(of: ServiceError(.init(rawValue: "surprise"), "x")).code == 500)
    }

    @Test(
        "A body that breaks the schema is 422 and names the fields",
        arguments: [
            ServiceError.Code.invalidRequest, .invalidModel, .invalidPrompt,
        ]
    )
    func schema(code: ServiceError.Code) throws {
        let error = ServiceError(
            code,
            "words",
            faults: [.init(pointer: "/a", detail: "one"), .init(pointer: "/b/0", detail: "two")]
        )
        #expect(ProblemDetails.status(of: error).code == 422)
        let body = try Self.body(error)
        #expect(body["status"] == .number(JSONNumber(422)))
        #expect(body["errors"]?.array?.map { $0.object?["pointer"] } == [.string("/a"), .string("/b/0")])
        #expect(body["errors"]?.array?.map { $0.object?["detail"] } == [.string("one"), .string("two")])
    }

    @Test("A field that an engine cannot honour stays 400")
    func unsupported() {
        #expect(ProblemDetails.status(of: ServiceError(.unsupportedField, field: "/tools", "x")).code == 400)
    }

    @Test("A problem has all its members")
    func members() throws {
        let body = try Self.body(ServiceError(.engineError, "the \"words\""))
        #expect(
            body.keys == ["type", "title", "status", "detail", "instance", "code", "request_id", "timestamp"]
        )
        #expect(body["detail"] == .string("the \"words\"") && body["instance"] == .string("/api/v1/chat"))
        #expect(body["request_id"] == .string("id-1") && body["type"] == .string("about:blank"))
    }

    @Test(
        "When to try again is told in three ways, rounded up, at least a second",
        arguments: [
            (Duration.milliseconds(1), 1, "1"), (.milliseconds(1500), 2, "1500"), (.seconds(30), 30, "30000"),
        ]
    )
    func retry(after: Duration, seconds: Int, milliseconds: String) throws {
        let error = ServiceError(.queueFull, "full", retryAfter: after)
        let headers = ProblemDetails(error, requestID: nil, instance: nil).response.headers
        #expect(headers[.retryAfter] == String(seconds))
        #expect(headers[try #require(HTTPField.Name("retry-after-ms"))] == milliseconds)
        #expect(headers[try #require(HTTPField.Name("x-should-retry"))] == nil)
        #expect(try Self.body(error)["retry_after_seconds"] == .number(JSONNumber(seconds)))
    }

    @Test("Where a retry cannot help, that is told as well")
    func noRetry() throws {
        let error = ServiceError(.modelNotFound, "gone", isRetryable: false)
        let headers = ProblemDetails(error, requestID: nil, instance: nil).response.headers
        #expect(headers[try #require(HTTPField.Name("x-should-retry"))] == "false" && headers[.retryAfter] == nil)
    }
}
