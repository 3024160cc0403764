/// A client that went away before its answer was complete.
public struct EarlyClose: Sendable, Equatable {
    /// Method and path, as in `Counts.requests`.
    public let route: String
    /// When the double noticed.
    public let instant: ContinuousClock.Instant
    /// Tokens that had been sent to this client by then.
    public let tokensSent: Int
}

/// What a double has seen and done so far.
public struct Counts: Sendable, Equatable {
    /// Connections that were ever accepted.
    public internal(set) var connectionsAccepted = 0
    /// Connections that are open now.
    public internal(set) var connectionsOpen = 0
    /// Requests by method and path without query, such as `POST /api/chat`.
    public internal(set) var requests: [String: Int] = [:]
    /// Requests that hold a place of a runner now: their tokens flow, or would.
    public internal(set) var generationsOpen = 0
    /// The most that `generationsOpen` ever was.
    public internal(set) var generationsPeak = 0
    /// Answers that were written to their end.
    public internal(set) var responsesCompleted = 0
    /// Clients that left before the end of their answer.
    public internal(set) var earlyCloses: [EarlyClose] = []
    /// Generated tokens that were handed to the socket.
    public internal(set) var tokensSent = 0
    /// Bytes that the socket took.
    public internal(set) var bytesSent = 0
    /// Loads of a model that were begun, by model name with tag.
    public internal(set) var loads: [String: Int] = [:]
    /// Requests that wait in the line of loads, the one whose load is being prepared included.
    public internal(set) var loadsWaiting = 0
    /// Requests that wait for a place on a runner: it is busy with others, or loads.
    public internal(set) var placesWaiting = 0

    /// All requests.
    public var requestsTotal: Int { requests.values.reduce(0, +) }

    /// Requests of one route, named by method and path.
    public func requests(_ route: String) -> Int { requests[route] ?? 0 }
}

/// One request as the double received it.
public struct RecordedRequest: Sendable, Equatable {
    /// One header field, its name spelled as it came.
    public struct Header: Sendable, Equatable {
        /// The name as sent.
        public let name: String
        /// The value as sent.
        public let value: String
    }

    /// The method, such as `POST`.
    public let method: String
    /// The request target with its query.
    public let target: String
    /// The header fields in the order of the wire.
    public let headers: [Header]
    /// The body, put together from its chunks.
    public let body: [UInt8]
    /// When the request was complete.
    public let instant: ContinuousClock.Instant
    /// The number of the connection that it came on, counted from one.
    public let connection: Int

    /// The path without the query.
    public var path: String { String(target.prefix { $0 != "?" }) }

    /// Method and path, the key in `Counts.requests`.
    public var route: String { "\(method) \(path)" }

    /// The body as text.
    public var bodyText: String { String(decoding: body, as: UTF8.self) }

    /// The first value of a header, whatever the case of its name.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// The condition of `waitUntil` did not come true in time.
public struct WaitTimedOut: Error, CustomStringConvertible {
    /// The counts at the end of the wait.
    public let counts: Counts

    /// The counts, for the report of a failed test.
    public var description: String { "the condition was not met in time; \(counts)" }
}

extension Counts {
    /// Under what requests without a prompt are counted, whatever their path.
    public static let loadRequests = "loads and unloads"
}

extension RecordedRequest {
    /// Whether the request has no prompt, and so only loads or unloads a model.
    public var isLoad: Bool {
        guard path == "/api/generate" || path == "/api/chat", let json = try? JSONParser.parse(body),
            json["model"] != nil
        else { return false }
        if path == "/api/chat" { return json["messages"]?.elements?.isEmpty ?? true }
        return json["prompt"]?.text?.isEmpty ?? true
    }
}
