import Application
import Domain
import Hummingbird

/// The requests that are on their way: to list them, to look at one, to end one.
///
/// A project sees its own, an admin all.
struct NativeQueueRoutes: Sendable {
    let requests: OpenRequests

    func addRoutes(to router: Router<ServiceContext>) {
        router.get("/api/v1/queue/requests") { _, context in
            let views = self.requests.views(of: context.scope)
            var writer = JSONWriter()
            writer.object { writer in
                writer.key("requests")
                writer.array(views) { writer, view in
                    writer.object { NativeQueueRoutes.write(view, to: &$0) }
                }
            }
            return Response(json: writer)
        }
        router.get("/api/v1/queue/requests/:id") { _, context in
            guard let id = NativeQueueRoutes.id(in: context),
                let view = self.requests.view(of: id, project: context.scope)
            else { throw ServiceError.noSuchRequest }
            var writer = JSONWriter()
            writer.object { NativeQueueRoutes.write(view, to: &$0) }
            return Response(json: writer)
        }
        router.delete("/api/v1/requests/:id") { _, context in
            guard let id = NativeQueueRoutes.id(in: context),
                self.requests.cancel(id, project: context.scope, .cancelledFromElsewhere)
            else { throw ServiceError.noSuchRequest }
            var writer = JSONWriter()
            writer.object { writer in
                writer.field("request_id", id.description)
                writer.field("status", "cancelling")
            }
            return Response(status: .accepted, json: writer)
        }
    }

    private static func id(in context: ServiceContext) -> RequestID? {
        context.parameters.get("id").flatMap { RequestID(caller: $0) }
    }

    static func write(_ view: OpenRequestView, to writer: inout JSONWriter) {
        writer.field("request_id", view.requestID.description)
        writer.field("project", view.project.description)
        writer.field("queue", view.queue.rawValue)
        writer.field("class", view.requestClass.rawValue)
        writer.field("model", view.model.spelling)
        writer.nullable("engine", view.engine?.description)
        writer.field("phase", view.phase.rawValue)
        writer.nullable("position", view.standing?.position)
        writer.nullable("estimated_wait_ms", view.standing.map { NativeAnswers.rounded($0.estimatedWait) })
        writer.field("waited_ms", NativeAnswers.rounded(view.waited))
        writer.nullable("cause", view.standing?.cause?.rawValue)
    }
}

extension ServiceError {
    /// A request that does not exist, is over, or is another project's.
    static let noSuchRequest = ServiceError(
        .notFound,
        "There is no such request on its way; it may have ended.",
        isRetryable: false
    )
    /// Somebody else ended the request.
    static let cancelledFromElsewhere = ServiceError(
        .cancelled,
        "The request was cancelled by DELETE /api/v1/requests/{id}.",
        isRetryable: false
    )
}
