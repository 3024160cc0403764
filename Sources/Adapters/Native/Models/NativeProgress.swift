import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// What an engine tells while it fetches or makes a model, for native callers: as server-sent events, or only its end.
struct NativeProgress: Sendable {
    /// The longest line that is read, in bytes.
    private static let longestLine = 1_048_576

    let reply: ModelReply
    let model: ModelName
    let context: ServiceContext

    /// The end of it, once it is there.
    ///
    /// - Throws: ``ServiceError`` for an end that is an error.
    func whole() async throws -> Response {
        let bytes = try await self.reply.whole()
        let lines = bytes.split(separator: 0x0A)
        let last = lines.last.flatMap { try? JSONParser.parse(Array($0)) }?.object
        if let last, last["error"] != nil { throw self.reply.error(saying: NativeModelOrders.body(last)) }
        guard last?["status"] == .string("success") else { throw NativeProgress.unfinished }
        var writer = JSONWriter()
        writer.object { self.writeSuccess(to: &$0) }
        return Response(json: writer)
    }

    /// Each line as a frame: `{status, digest?, total?, completed?, done:false, request_id}`; the last has `done: true`
    /// and tells the model and the engine, or the error.
    func streamed() async throws -> Response {
        // What is refused at once has its own status.
        if self.reply.answer.status >= 400 { _ = try await self.reply.whole() }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream", .cacheControl: "no-store", .xAccelBuffering: "no",
                .xEngine: self.reply.engine.description,
            ],
            body: ResponseBody { writer in
                defer { self.context.watch?.disarm() }
                do {
                    try await self.write(to: &writer)
                } catch let error as ServiceError where error != .callerLeft {
                    try await writer.write(self.failure(error))
                    // Cut: a client that does not look at the frame still sees that the answer is not whole.
                    throw error
                }
                try await writer.finish(nil)
            }
        )
    }

    @concurrent
    private func write(to writer: inout any ResponseBodyWriter) async throws {
        var rest: [UInt8] = []
        while let piece = try await self.reply.answer.next() {
            rest += piece
            while let more = self.reply.answer.buffered() { rest += more }
            var lines = rest.split(separator: 0x0A, omittingEmptySubsequences: false)
            rest = Array(lines.popLast() ?? [])
            guard rest.count <= NativeProgress.longestLine else { throw NativeProgress.unfinished }
            var buffer = ByteBuffer()
            for line in lines where !line.isEmpty {
                if try self.append(Array(line), to: &buffer) {
                    try await writer.write(buffer)
                    return
                }
            }
            if buffer.readableBytes > 0 { try await writer.write(buffer) }
        }
        throw NativeProgress.unfinished
    }

    /// Appends the frame of a line and returns whether it was the end.
    private func append(_ line: [UInt8], to buffer: inout ByteBuffer) throws -> Bool {
        guard var fields = (try? JSONParser.parse(line))?.object else { throw NativeProgress.unfinished }
        if fields["error"] != nil { throw self.reply.error(saying: line) }
        let isEnd = fields["status"] == .string("success")
        var writer = JSONWriter()
        if isEnd {
            writer.object { writer in
                self.writeSuccess(to: &writer)
                writer.field("done", true)
                writer.field("request_id", self.context.requestID.description)
            }
        } else {
            fields["done"] = .bool(false)
            fields["request_id"] = .string(self.context.requestID.description)
            writer.value(.object(fields))
        }
        NativeProgress.append(writer, to: &buffer)
        return isEnd
    }

    private func writeSuccess(to writer: inout JSONWriter) {
        writer.field("status", "success")
        writer.field("model", self.model.spelling)
        writer.field("engine", self.reply.engine.description)
    }

    private func failure(_ error: ServiceError) -> ByteBuffer {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("status", "error")
            writer.field("done", true)
            writer.field("error", error.message)
            writer.field("code", error.code.rawValue)
            writer.field("error_type", error.code.rawValue)
            writer.field("request_id", self.context.requestID.description)
        }
        var buffer = ByteBuffer()
        NativeProgress.append(writer, to: &buffer)
        return buffer
    }

    private static func append(_ writer: JSONWriter, to buffer: inout ByteBuffer) {
        buffer.writeString("data: ")
        buffer.writeBytes(writer.bytes)
        buffer.writeString("\n\n")
    }

    private static let unfinished = ServiceError(.engineError, "The engine broke off in the middle of its answer.")
}
