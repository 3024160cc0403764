import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// The shape in which a route tells its errors, by the route's path.
enum ErrorShape: Equatable {
    /// `application/problem+json`.
    case problem
    /// `{"error":"text"}`.
    case ollama
    /// `{"error":{…}}` with four keys.
    case openAI
    /// `{"type":"error",…}`.
    case anthropic

    init(path: String) {
        let isNative = path == "/api/v1" || path.hasPrefix("/api/v1/")
        switch path {
        case "/api/v1/chat/completions", "/api/v1/vlm/openai": self = .openAI
        case _ where isNative: self = .problem
        case _ where path.hasPrefix("/api/"): self = .ollama
        case _ where path == "/v1/messages" || path.hasPrefix("/v1/messages/"): self = .anthropic
        case _ where path == "/v1" || path.hasPrefix("/v1/"): self = .openAI
        default: self = .problem
        }
    }

    /// The status of an error in this shape.
    func status(of error: ServiceError) -> HTTPResponse.Status {
        switch self {
        case .problem: ProblemDetails.status(of: error)
        case .ollama: error.answer.map { HTTPResponse.Status(code: $0.status) } ?? StatusTable.status(of: error)
        case .openAI, .anthropic: StatusTable.status(of: error)
        }
    }

    /// The whole answer.
    func response(to error: ServiceError, requestID: RequestID, instance: String) -> Response {
        switch self {
        case .problem: return Response(problem: error, requestID: requestID, instance: instance)
        case .ollama: if let answer = error.answer { return ErrorShape.passedOn(answer) }
        case .openAI, .anthropic: break
        }
        var headers: HTTPFields = [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"]
        RetryHeaders.add(for: error, to: &headers)
        return Response(
            status: StatusTable.status(of: error),
            headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: self.body(of: error, requestID: requestID)))
        )
    }

    /// Status and JSON of an error, for those who answer without HTTP.
    func rendered(_ error: ServiceError, requestID: RequestID, instance: String) -> (status: Int, body: [UInt8]) {
        guard self == .problem else {
            return (self.status(of: error).code, self.body(of: error, requestID: requestID))
        }
        let rendered = ProblemDetails(error, requestID: requestID, instance: instance).response
        return (rendered.status.code, Array(rendered.body.readableBytesView))
    }

    /// The JSON that tells an error, in an answer or in a stream that has begun.
    func body(of error: ServiceError, requestID: RequestID) -> [UInt8] {
        var writer = JSONWriter()
        switch self {
        case .problem, .ollama: writer.object { $0.field("error", error.message) }
        case .openAI: ErrorShape.openAI(error, to: &writer)
        case .anthropic:
            writer.object { writer in
                writer.field("type", "error")
                writer.key("error")
                writer.object {
                    $0.field("type", ErrorShape.anthropicType(error))
                    $0.field("message", error.message)
                }
                writer.field("request_id", requestID.description)
            }
        }
        return writer.bytes
    }

    /// What an Ollama answered, as it came.
    private static func passedOn(_ answer: EngineAnswer) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = answer.contentType
        return Response(
            status: HTTPResponse.Status(code: answer.status),
            headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: answer.body))
        )
    }

    private static func openAI(_ error: ServiceError, to writer: inout JSONWriter) {
        writer.object { ErrorShape.writeOpenAIMember(error, to: &$0) }
    }

    /// Writes OpenAI's member `error`.
    static func writeOpenAIMember(_ error: ServiceError, to writer: inout JSONWriter) {
        writer.key("error")
        writer.object { writer in
            writer.field("message", error.message)
            writer.field("type", ErrorShape.openAIType(error))
            writer.field("param", ErrorShape.openAIParameter(error))
            writer.field("code", error.code.rawValue)
        }
    }

    /// The field at fault as OpenAI names it, `messages.0.content`; null where no field is.
    static func openAIParameter(_ error: ServiceError) -> JSONValue {
        guard let field = error.faults.first?.pointer.dropFirst() else { return .null }
        return .string(String(field).replacing("/", with: "."))
    }

    private static func openAIType(_ error: ServiceError) -> String {
        switch StatusTable.status(of: error).code {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 429: error.code == .quotaExceeded ? "insufficient_quota" : "rate_limit_error"
        case 500...: "server_error"
        default: "invalid_request_error"
        }
    }

    private static func anthropicType(_ error: ServiceError) -> String {
        switch StatusTable.status(of: error).code {
        case 401: "authentication_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 409: "conflict_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 503: "overloaded_error"
        case 504: "timeout_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
    }
}
