import Application
import Domain
import HTTPTypes

/// The one place where an error's code becomes a status and a title.
enum StatusTable {
    private static let rows: [ServiceError.Code: (HTTPResponse.Status, String)] = [
        .invalidRequest: (.badRequest, "Invalid request"),
        .invalidModel: (.badRequest, "Invalid model name"),
        .invalidPrompt: (.badRequest, "Invalid prompt"),
        .unsupportedField: (.badRequest, "Unsupported field"),
        .invalidImage: (.badRequest, "Invalid image"),
        .promptTooLarge: (.badRequest, "Prompt too large"),
        .unauthenticated: (.unauthorized, "Unauthenticated"),
        .forbidden: (.forbidden, "Forbidden"),
        .modelNotAllowed: (.forbidden, "Model not allowed"),
        .rateLimited: (.tooManyRequests, "Rate limited"),
        .quotaExceeded: (.tooManyRequests, "Quota exceeded"),
        .modelNotFound: (.notFound, "Model not found"),
        .notFound: (.notFound, "Not found"),
        .methodNotAllowed: (.methodNotAllowed, "Method not allowed"),
        .requestTimeout: (.requestTimeout, "Request timeout"),
        .conflict: (.conflict, "Conflict"),
        .idempotencyMismatch: (.unprocessableContent, "Idempotency key of another request"),
        .cancelled: (.conflict, "Cancelled"),
        .requestTooLarge: (.contentTooLarge, "Request too large"),
        .headerTooLarge: (.requestHeaderFieldsTooLarge, "Request head too large"),
        .internal: (.internalServerError, "Internal error"),
        .notSupportedByEngine: (.notImplemented, "Not supported by the engine"),
        .engineError: (.badGateway, "Engine error"),
        .invalidOutput: (.badGateway, "Invalid output"),
        .queueFull: (.serviceUnavailable, "Queue full"),
        .queueTimeout: (.serviceUnavailable, "Queue timeout"),
        .engineUnavailable: (.serviceUnavailable, "Engine unavailable"),
        .modelUnavailable: (.serviceUnavailable, "Model unavailable"),
        .shuttingDown: (.serviceUnavailable, "Shutting down"),
        .engineTimeout: (.gatewayTimeout, "Engine timeout"),
        .deadlineExceeded: (.gatewayTimeout, "Deadline exceeded"),
        .storageFull: (.insufficientStorage, "Storage full"),
        .storageUnavailable: (.serviceUnavailable, "Storage unavailable"),
    ]

    /// The status of an error; a code that is not in the table is a fault of ours.
    static func status(of error: ServiceError) -> HTTPResponse.Status {
        // A deadline that was clear before anything was tried is no gateway's time-out.
        if error.code == .deadlineExceeded, !error.isRetryable { return .serviceUnavailable }
        return StatusTable.rows[error.code]?.0 ?? .internalServerError
    }

    /// The codes of errors that have a status, in alphabetical order.
    static func codes(of status: HTTPResponse.Status) -> [String] {
        StatusTable.rows.filter { $0.value.0 == status }.map(\.key.rawValue).sorted()
    }

    /// What to call an error in a few words.
    static func title(of error: ServiceError) -> String {
        StatusTable.rows[error.code]?.1 ?? "Internal error"
    }
}

extension HTTPResponse.Status {
    /// There is no room left (RFC 4918, 507).
    static let insufficientStorage = Self(code: 507, reasonPhrase: "Insufficient Storage")
}

extension ServiceError.Code {
    /// The head of the request is larger than allowed (RFC 6585, 431).
    static let headerTooLarge = Self(rawValue: "header_too_large")
}
