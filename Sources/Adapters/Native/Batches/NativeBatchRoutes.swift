import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// Several requests in one call: `POST /api/v1/batch/chat` and `/api/v1/batch/chat/completions`, and the same of pictures.
///
/// The envelope is native, each result is in the dialect of its item.
struct NativeBatchRoutes: Sendable {
    let chat: BatchChatUseCase
    let vlm: BatchVLMUseCase
    let bodies: RequestBodyReader
    let idempotency: IdempotencyGate
    let clock: any ServiceClock
    let ids: any IDGenerator

    /// One of the routes: where it is, and the route that its items are for.
    private struct Kind {
        let path: String
        let item: String
        let maxRequests: Int
        /// The key of the configuration that sets the limit.
        let key: String
        let run: NativeBatchCall.Run
    }

    private var kinds: [Kind] {
        let chats = [("", "/api/v1/chat"), ("/completions", "/v1/chat/completions")].map { suffix, item in
            Kind(
                path: "/api/v1/batch/chat\(suffix)",
                item: item,
                maxRequests: self.chat.maxRequests,
                key: "batches.chat_max_requests"
            ) { [chat] in try await chat.run($0, onAnswer: $1) }
        }
        let pictures = [("", "/api/v1/vlm"), ("/completions", "/api/v1/vlm/openai")].map { suffix, item in
            Kind(
                path: "/api/v1/batch/vlm\(suffix)",
                item: item,
                maxRequests: self.vlm.maxRequests,
                key: "batches.vlm_max_requests"
            ) { [vlm] in try await vlm.run($0, onAnswer: $1) }
        }
        return chats + pictures
    }

    func addRoutes(to router: Router<ServiceContext>) {
        for kind in self.kinds {
            router.post(RouterPath(kind.path)) { request, context in
                try await self.answer(request, context, kind)
            }
        }
    }

    private func answer(_ request: Request, _ context: ServiceContext, _ kind: Kind) async throws -> Response {
        let arrival = self.clock.now
        let deadline = try DeadlineHeader.deadline(of: request, since: arrival)
        _ = try PriorityHeader.requestClass(in: request.headers)
        let project = context.caller.project
        let bytes = try await self.bodies.bytes(request)
        context.service.recording?.took(bytes)
        let decision = try await self.idempotency.begin(request, body: bytes, project: project.name)
        if case .replay(let answer) = decision { return Response(replayed: answer) }
        let requests = try NativeBatchReader.requests(
            try await self.bodies.json(bytes),
            atMost: kind.maxRequests,
            key: kind.key
        )
        let call = NativeBatchCall(
            id: "batch-\(self.ids.next())",
            batch: CallersBatch(
                path: kind.item,
                requests: requests,
                bytes: bytes.count,
                requestID: context.requestID,
                project: project,
                requestClass: context.service.requestClass,
                deadline: deadline,
                trace: TraceHeaders.context(in: request.headers)
            ),
            run: kind.run,
            claim: decision?.claim,
            context: context,
            arrival: arrival,
            clock: self.clock
        )
        context.watch?.arm()
        let isLined = request.headers[.accept]?.contains(NativeBatchCall.lineType) ?? false
        return isLined ? call.streamed : try await call.whole()
    }
}

/// Reads the envelope of several requests in one call.
enum NativeBatchReader {
    /// The bodies of the items.
    ///
    /// - Throws: ``ServiceError`` with every fault of the envelope; what is wrong with an item is its own failure.
    static func requests(_ body: JSONObject, atMost limit: Int, key: String) throws -> [JSONObject] {
        let faults = FaultList()
        let reader = FieldReader(body, faults: faults)
        let value = reader.required("requests", reader.value("requests"))
        reader.refuseUnknownFields()
        var requests: [JSONObject] = []
        if let value, let elements = value.array {
            for (index, element) in elements.enumerated() {
                if let object = element.object {
                    requests.append(object)
                } else {
                    faults.add("/requests/\(index)", "An object is expected, not \(element.kind).")
                }
            }
            if elements.isEmpty { reader.fault("requests", "At least one request is expected.") }
            if elements.count > limit {
                reader.fault("requests", "There are \(elements.count) requests; \(limit) is the most (\(key)).")
            }
        } else if let value {
            reader.fault("requests", "An array of objects is expected, not \(value.kind).")
        }
        try faults.throwIfAny()
        return requests
    }
}
