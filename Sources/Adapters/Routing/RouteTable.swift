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
        /// The path.
        let path: String
    }

    /// All routes.
    let routes: [Route]

    /// Answers a path or a method that does not exist, in the dialect of its neighbours.
    func unknown(_ request: Request, requestID: RequestID) -> Response {
        let path = request.uri.path
        let methods = self.routes.filter { $0.path == path }.map(\.method)
        let error =
            methods.isEmpty
            ? ServiceError(.notFound, "There is no route \(path.prefix(200)).")
            : ServiceError(.methodNotAllowed, "\(path) does not take \(request.method.rawValue).")
        var response: Response
        if path.hasPrefix("/api/"), path != "/api/v1", !path.hasPrefix("/api/v1/") {
            response = RouteTable.ollama(error)
        } else if path == "/v1" || path.hasPrefix("/v1/") {
            response = RouteTable.openAI(error)
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

    private static func openAI(_ error: ServiceError) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("error")
            writer.object { writer in
                writer.field("message", error.message)
                writer.field("type", "invalid_request_error")
                writer.nullField("param")
                writer.field("code", error.code.rawValue)
            }
        }
        return Response(
            status: StatusTable.status(of: error),
            headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: writer.bytes))
        )
    }
}
