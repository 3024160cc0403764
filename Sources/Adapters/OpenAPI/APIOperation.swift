import Domain
import HTTPTypes

/// One route as the document describes it: what is its own.
///
/// What follows from its path is added by ``APIDocument``: who may call it, headers, and the errors in its dialect.
struct APIOperation: Sendable {
    /// A body that a route takes.
    struct Body: Sendable {
        /// Its content type.
        var type = "application/json"
        /// The name of its schema.
        let schema: String
        /// Whether it may be left out.
        var isOptional = false
        /// Bodies that the route accepts, by name: JSON text.
        let examples: [(name: String, json: String)]
    }

    /// What a route answers where nothing fails.
    struct Answer: Sendable {
        /// The status.
        var status = 200
        /// What it means.
        let text: String
        /// Content types, and the names of their schemas; nil is text.
        var content: [(type: String, schema: String?)] = []

        /// JSON.
        static func json(_ schema: String, status: Int = 200, _ text: String) -> Answer {
            Answer(status: status, text: text, content: [("application/json", schema)])
        }

        /// JSON, or a stream of another type whose pieces have a schema of their own.
        static func json(_ schema: String, orStream type: String, of piece: String, _ text: String) -> Answer {
            Answer(text: text, content: [("application/json", schema), (type, piece)])
        }
    }

    /// The method in lower case, as the document has it.
    let method: String
    /// The path, with its parameters in braces.
    let path: String
    /// What client generators name the call.
    let id: String
    /// What it does, in a few words.
    let summary: String
    /// What else is to be known; Markdown.
    var details: String?
    /// Names of the parameters that are its own.
    var parameters: [String] = []
    /// Its body, where it takes one.
    var body: Body?
    /// What it answers.
    let answers: [Answer]
    /// Whether an engine has to do it, although it is no inference.
    var asksEngine = false
    /// Statuses of errors that do not follow from its path and its body.
    var failures: Set<Int> = []
}

/// What of the document belongs together: a group of routes and the schemas that they name first.
struct APIPart: Sendable {
    /// The group's name.
    let tag: String
    /// What the group is; Markdown.
    let text: String
    /// Its routes.
    let operations: [APIOperation]
    /// Its schemas: the text of a JSON object.
    let schemas: String
    /// The parameters that are its own: the text of a JSON object.
    var parameters = "{}"
}

extension APIOperation {
    /// The path as the router has it: it leaves to the route what follows the models' common beginning.
    var route: String {
        let open = ["/api/v1/models/", "/v1/models/"].first { self.path.hasPrefix($0) }
        return open.map { "\($0)**" } ?? self.path
    }
    /// What the caller has to show.
    var access: RouteAccess { RouteAccess(path: self.path) }
    /// Whether it counts against limits and has a class: then it is inference.
    var isInference: Bool { LimitedRoutes.contains(self.path) }
    /// In which shape it tells its errors.
    var errors: ErrorShape { ErrorShape(path: self.path) }

    /// The statuses with which it can fail.
    var failureStatuses: [Int] {
        var statuses = self.failures.union([401, 403, 431, 500])
        switch self.access {
        case .open: break
        case .operations: statuses.insert(429)
        case .keyed: statuses.formUnion([400, 429])
        }
        if self.body != nil {
            statuses.formUnion([400, 408, 413])
            if self.errors == .problem { statuses.insert(422) }
        }
        if self.asksEngine { statuses.formUnion([404, 409, 501, 502, 503, 504]) }
        // 422: the idempotency key of another request; 409: its request is being done, or somebody ended this one.
        if self.isInference { statuses.formUnion([404, 409, 422, 501, 502, 503, 504]) }
        return statuses.sorted()
    }
}
