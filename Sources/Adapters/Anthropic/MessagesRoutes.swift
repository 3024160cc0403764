import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// Anthropic's Messages API: `POST /v1/messages` and `POST /v1/messages/count_tokens`.
struct MessagesRoutes: Sendable {
    let chat: ChatUseCase
    let counting: CountTokensUseCase
    let route: InferenceRoute
    let ids: any IDGenerator

    func addRoutes(to router: Router<ServiceContext>, _ direct: DirectRoutes) {
        direct.post("/v1/messages") { request in
            try await self.route.answer(request, .chat, told: EngineFaultNames.messages.told) { bytes in
                try self.reading(try RequestBodyReader.parse(bytes))
            }
        }
        router.post("/v1/messages/count_tokens") { request, context in
            let (body, _) = try await self.route.bodies.json(request)
            let count = try await self.counting.count(
                try MessagesRequestReader.countable(body),
                project: context.caller.project,
                requestID: context.requestID
            )
            return MessagesRoutes.answer(count)
        }
    }

    private func reading(_ body: JSONObject) throws -> any InferenceReading {
        let read = try MessagesRequestReader.read(body)
        let form = MessagesForm(
            id: "msg_\(self.ids.next())",
            omitsThinking: read.omitsThinking,
            estimate: { self.counting.estimate(read.chat, for: $0) }
        )
        return InferenceRoute.Reading(form: form, isStreamed: read.isStreamed, ignored: read.ignored) { call in
            try await self.chat.enter(read.chat, call: call)
        }
    }

    /// `estimated` is not Anthropic's: whoever does not know it ignores it.
    private static func answer(_ count: TokenCount) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("input_tokens", count.tokens)
            if count.isEstimated { writer.field("estimated", true) }
        }
        return Response(
            status: .ok,
            headers: [.contentType: "application/json; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(bytes: writer.bytes))
        )
    }
}
