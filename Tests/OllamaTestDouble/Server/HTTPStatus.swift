/// The reason phrases of the status codes that the engines use.
enum HTTPStatus {
    static func reason(_ code: Int) -> String {
        switch code {
        case 100: "Continue"
        case 200: "OK"
        case 201: "Created"
        case 204: "No Content"
        case 301: "Moved Permanently"
        case 307: "Temporary Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 413: "Request Entity Too Large"
        case 429: "Too Many Requests"
        case 499: "Client Closed Request"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "Status"
        }
    }
}

/// One header field of a response.
struct HeaderField: Sendable, Equatable {
    var name: String
    var value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    static let json = HeaderField("Content-Type", "application/json; charset=utf-8")
    static let bareJSON = HeaderField("Content-Type", "application/json")
    static let lines = HeaderField("Content-Type", "application/x-ndjson")
    static let events = HeaderField("Content-Type", "text/event-stream")
    static let text = HeaderField("Content-Type", "text/plain")
    static let noCache = HeaderField("Cache-Control", "no-cache")
}
