import Domain
import HTTPTypes
import Testing

@testable import Adapters

@Suite("Anthropic's errors")
struct AnthropicErrorTests {
    @Test(
        "Each status has Anthropic's type",
        arguments: [
            (ServiceError.Code.invalidRequest, 400, "invalid_request_error"),
            (.unsupportedField, 400, "invalid_request_error"), (.unauthenticated, 401, "authentication_error"),
            (.modelNotAllowed, 403, "permission_error"), (.modelNotFound, 404, "not_found_error"),
            (.conflict, 409, "conflict_error"), (.requestTooLarge, 413, "request_too_large"),
            (.rateLimited, 429, "rate_limit_error"), (.quotaExceeded, 429, "rate_limit_error"),
            (.internal, 500, "api_error"), (.engineError, 502, "api_error"), (.queueFull, 503, "overloaded_error"),
            (.engineTimeout, 504, "timeout_error"),
        ]
    )
    func types(code: ServiceError.Code, status: Int, type: String) {
        let shape = ErrorShape(path: "/v1/messages")
        let error = ServiceError(code, field: "/model", "why")
        #expect(shape.status(of: error).code == status)
        #expect(
            String(decoding: shape.body(of: error, requestID: RequestID(generated: "id-1")), as: UTF8.self)
                == #"{"type":"error","error":{"type":"\#(type)","message":"why"},"request_id":"id-1"}"#
        )
    }

    @Test("All below /v1/messages speaks Anthropic's, and nothing else does")
    func paths() {
        #expect(ErrorShape(path: "/v1/messages/count_tokens") == .anthropic)
        #expect(ErrorShape(path: "/v1/messages/batches") == .anthropic)
        #expect(ErrorShape(path: "/v1/messages2") == .openAI)
    }
}
