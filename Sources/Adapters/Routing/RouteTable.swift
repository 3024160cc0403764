import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// The routes that exist, for answering those that do not.
struct RouteTable: Sendable {
    /// One route.
    struct Route: Sendable {
        /// The method.
        let method: HTTPRequest.Method
        /// The path: a part in braces stands for any, `**` at the end for one or more.
        let path: String

        /// Whether the route is the one of a request's path.
        func matches(_ path: String) -> Bool {
            let own = self.path.split(separator: "/", omittingEmptySubsequences: false)
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            for (index, part) in own.enumerated() {
                guard index < parts.count else { return false }
                if part == "**" { return true }
                guard part.hasPrefix("{") || part == parts[index] else { return false }
            }
            return own.count == parts.count
        }
    }

    /// All routes.
    let routes: [Route]

    /// Answers a path or a method that does not exist, in the dialect of its neighbours.
    func unknown(_ request: Request, requestID: RequestID) -> Response {
        let path = request.uri.path
        if let redirect = self.redirect(for: request) { return redirect }
        let methods = self.routes.filter { $0.matches(path) }.map(\.method)
        let error =
            methods.isEmpty
            ? ServiceError(.notFound, "There is no route \(path.prefix(200)).")
            : ServiceError(.methodNotAllowed, "\(path) does not take \(request.method.rawValue).")
        var response: Response
        if path.hasPrefix("/api/"), path != "/api/v1", !path.hasPrefix("/api/v1/") {
            response = RouteTable.ollama(error)
        } else if ErrorShape(path: path) == .anthropic {
            response = ErrorShape.anthropic.response(to: error, requestID: requestID, instance: path)
        } else if path == "/v1" || path.hasPrefix("/v1/") {
            response = ErrorShape.openAI.response(to: error, requestID: requestID, instance: path)
        } else {
            response = Response(problem: error, requestID: requestID, instance: path)
        }
        if !methods.isEmpty { response.headers[.allow] = methods.map(\.rawValue).joined(separator: ", ") }
        return response
    }

    /// Ollama's router answers in plain text.
    private static func ollama(_ error: ServiceError) -> Response {
        let text = error.code == .notFound ? "404 page not found" : "405 method not allowed"
        return Response(
            status: StatusTable.status(of: error),
            headers: [.contentType: "text/plain"],
            body: .init(byteBuffer: ByteBuffer(string: text))
        )
    }

    /// Where a path leads that only has a slash too many; Ollama's router sends its callers there.
    func redirect(for request: Request) -> Response? {
        let path = request.uri.path
        guard path.utf8.count > 1, path.hasSuffix("/"), ErrorShape(path: path) == .ollama,
            self.routes.contains(where: { $0.path == path.dropLast() })
        else {
            return nil
        }
        let isGet = request.method == .get
        let location = path.dropLast() + (request.uri.query.map { "?\($0)" } ?? "")
        let text = isGet ? "<a href=\"\(path.dropLast())\">Moved Permanently</a>.\n\n" : ""
        return Response(
            status: isGet ? .movedPermanently : .temporaryRedirect,
            headers: [.contentType: "text/html; charset=utf-8", .location: String(location)],
            body: .init(byteBuffer: ByteBuffer(string: text))
        )
    }
}
