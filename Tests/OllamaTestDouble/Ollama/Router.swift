/// Finds the handler of a request, with the corrections of paths that Ollama's router makes.
struct Router: Sendable {
    typealias Handler = @Sendable (OllamaEngine, Exchange) async throws -> Void

    struct Route: Sendable {
        var method: String
        /// A last part that begins with `:` stands for any text.
        var path: String
        var handler: Handler

        init(_ method: String, _ path: String, _ handler: @escaping Handler) {
            self.method = method
            self.path = path
            self.handler = handler
        }
    }

    enum Match {
        case route(Handler)
        case redirect(status: Int, location: String)
        case wrongMethod(allowed: String)
        case unknown
    }

    private let routes: [Route]

    init(_ routes: [Route]) { self.routes = routes }

    func find(_ request: RecordedRequest) -> Match {
        let candidates = routes.filter { Self.matches($0.path, request.path) }
        if let route = candidates.first(where: { $0.method == request.method }) { return .route(route.handler) }
        if let location = corrected(request) {
            // The double slash is corrected before the routes (307), the slash at the end by them (301 for GET).
            let isDouble = request.path.contains("//")
            return .redirect(status: isDouble || request.method != "GET" ? 307 : 301, location: location)
        }
        if candidates.isEmpty { return .unknown }
        return .wrongMethod(allowed: candidates.map(\.method).sorted().joined(separator: ", "))
    }

    private func corrected(_ request: RecordedRequest) -> String? {
        let parts = request.path.split(separator: "/")
        let clean = "/" + parts.joined(separator: "/")
        guard clean != request.path, routes.contains(where: { Self.matches($0.path, clean) }) else { return nil }
        return clean + request.target.dropFirst(request.path.count)
    }

    private static func matches(_ pattern: String, _ path: String) -> Bool {
        guard let colon = pattern.firstIndex(of: ":") else { return pattern == path }
        let prefix = pattern[..<colon]
        let rest = path.dropFirst(prefix.count)
        return path.hasPrefix(prefix) && !rest.isEmpty && !rest.contains("/")
    }
}

extension RecordedRequest {
    /// The last part of the path, for the routes that end in a name.
    var lastPathPart: String { String(path.split(separator: "/").last ?? "") }
}
