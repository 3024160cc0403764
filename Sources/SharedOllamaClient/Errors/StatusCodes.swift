extension SharedOllamaError.Code {
    /// The code of a status, where nothing else says what it was.
    static func of(status: Int) -> Self {
        switch status {
        case 300..<400: .invalidAddress
        case 400, 405, 415, 422: .invalidRequest
        case 401: .unauthenticated
        case 403: .forbidden
        case 404: .notFound
        case 408: .timedOut
        case 409: .conflict
        case 413: .requestTooLarge
        case 429: .rateLimited
        case 501: .notSupportedByEngine
        case 503: .engineUnavailable
        case 504: .engineTimeout
        default: .engineError
        }
    }
}
