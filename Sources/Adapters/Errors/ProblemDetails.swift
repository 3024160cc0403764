import Application
import Domain
import HTTPTypes
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An error as the native dialect tells it: `application/problem+json` (RFC 9457) with members of ours.
struct ProblemDetails {
    /// What an answer consists of, before any server knows of it.
    struct Rendered {
        var status: HTTPResponse.Status
        var headers: HTTPFields
        var body: ByteBuffer
    }

    private let error: ServiceError
    private let requestID: RequestID?
    private let instance: String?

    init(_ error: ServiceError, requestID: RequestID?, instance: String?) {
        self.error = error
        self.requestID = requestID
        self.instance = instance
    }

    /// The status: a request whose JSON parses but breaks the schema is 422 here.
    static func status(of error: ServiceError) -> HTTPResponse.Status {
        let isInvalid = [.invalidRequest, .invalidModel, .invalidPrompt].contains(error.code)
        return isInvalid && !error.faults.isEmpty ? .unprocessableContent : StatusTable.status(of: error)
    }

    /// The whole answer.
    var response: Rendered {
        var headers = HTTPFields()
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        RetryHeaders.add(for: self.error, to: &headers)
        let body = ByteBuffer(bytes: self.body)
        headers[.contentLength] = String(body.readableBytes)
        return Rendered(status: ProblemDetails.status(of: self.error), headers: headers, body: body)
    }

    private var body: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.field("type", "about:blank")
            writer.field("title", StatusTable.title(of: self.error))
            writer.field("status", ProblemDetails.status(of: self.error).code)
            writer.field("detail", self.error.message)
            writer.field("instance", self.instance)
            writer.field("code", self.error.code.rawValue)
            writer.field("request_id", self.requestID?.description)
            writer.field("timestamp", Date.now.formatted(.iso8601))
            if !self.error.faults.isEmpty {
                writer.key("errors")
                writer.array(self.error.faults) { writer, fault in
                    writer.object {
                        $0.field("pointer", fault.pointer)
                        $0.field("detail", fault.detail)
                    }
                }
            }
            writer.field("retry_after_seconds", RetryHeaders.seconds(for: self.error))
        }
        return writer.bytes
    }
}

/// When a caller may try again, for its client library.
enum RetryHeaders {
    /// Whole seconds, at least one, or nil where the error says nothing.
    static func seconds(for error: ServiceError) -> Int? {
        error.retryAfter.map { max(1, Int($0.inSeconds.rounded(.up))) }
    }

    /// Adds `Retry-After`, `retry-after-ms` and `x-should-retry: false`; OpenAI's and Anthropic's clients read them.
    static func add(for error: ServiceError, to headers: inout HTTPFields) {
        if let seconds = RetryHeaders.seconds(for: error), let retryAfter = error.retryAfter {
            headers[.retryAfter] = String(seconds)
            if let name = HTTPField.Name("retry-after-ms") {
                headers[name] = String(max(1, Int(retryAfter.milliseconds.rounded(.up))))
            }
        }
        if !error.isRetryable, let name = HTTPField.Name("x-should-retry") { headers[name] = "false" }
    }
}
