import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// An engine's answer on its way to a caller that speaks the engine's API: status, content type and bytes as they are.
struct PassedAnswer: Sendable {
    let reply: ModelReply
    let context: ServiceContext

    /// The answer.
    ///
    /// Its body runs after the route has returned, piece by piece: when the caller stops reading, the engine stops being
    /// read, and when it leaves, the engine's call is ended.
    var response: Response {
        let answer = self.reply.answer
        var headers = HTTPFields()
        headers[.contentType] = answer.contentType
        headers[.xEngine] = self.reply.engine.description
        let isLined = answer.contentType?.hasPrefix("application/x-ndjson") ?? false
        return Response(
            status: HTTPResponse.Status(code: answer.status),
            headers: headers,
            body: ResponseBody(contentLength: answer.length) { writer in
                defer { self.context.watch?.disarm() }
                do {
                    try await self.write(to: &writer)
                } catch let error as ServiceError where isLined && error != .callerLeft {
                    try await writer.write(PassedAnswer.lastLine(error))
                    // Cut without the last chunk: a client that does not look at the line still sees that something
                    // is missing.
                    throw error
                }
                try await writer.finish(nil)
            }
        )
    }

    /// Writes all that has arrived as one piece, at once.
    @concurrent
    private func write(to writer: inout any ResponseBodyWriter) async throws {
        let answer = self.reply.answer
        while let piece = try await answer.next() {
            var buffer = ByteBuffer(bytes: piece)
            while let more = answer.buffered() { buffer.writeBytes(more) }
            try await writer.write(buffer)
        }
    }

    /// The line by which Ollama tells that something went wrong on the way; what came before may have been cut.
    private static func lastLine(_ error: ServiceError) -> ByteBuffer {
        var writer = JSONWriter()
        writer.object { $0.field("error", error.message) }
        return ByteBuffer(bytes: [0x0A] + writer.bytes + [0x0A])
    }
}
