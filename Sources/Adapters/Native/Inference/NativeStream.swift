import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// The streamed answer of a native route: an open exchange on its way to the caller.
struct NativeStream: Sendable {
    let exchange: Exchange<GenerationEvent>
    let context: ServiceContext

    /// The answer.
    ///
    /// Its body runs after the route has returned, and settles the exchange whatever happens.
    var response: Response {
        var headers = InferenceHeaders.headers(of: self.exchange, contentType: "text/event-stream")
        headers[.cacheControl] = "no-store"
        headers[.xAccelBuffering] = "no"
        self.exchange.entry.headSent()
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody { writer in
                defer { self.context.watch?.disarm() }
                try await withTaskCancellationHandler {
                    try await self.write(to: &writer)
                } onCancel: {
                    self.exchange.cancel(.callerLeft)
                }
            }
        )
    }

    private func write(to writer: inout any ResponseBodyWriter) async throws {
        do {
            try await self.writeFrames(to: &writer)
        } catch let error as ServiceError where error != .callerLeft {
            var buffer = ByteBuffer()
            NativeFrames.appendFailure(error, requestID: self.exchange.entry.requestID, to: &buffer)
            try await writer.write(buffer)
            // Thrown on, so that the connection is cut without the last chunk: a client that does not look at the frame
            // still sees that the answer is not whole.
            throw error
        } catch {
            throw self.exchange.fail(.callerLeft as ServiceError)
        }
        try await writer.finish(nil)
        self.exchange.complete()
    }

    /// Writes all that has arrived as one piece, at once.
    private func writeFrames(to writer: inout any ResponseBodyWriter) async throws {
        let frames = NativeFrames(model: self.exchange.model.spelling, requestID: self.exchange.entry.requestID)
        while let event = try await self.exchange.next() {
            var buffer = ByteBuffer()
            var isLast = self.append(event, frames, to: &buffer)
            var failure: (any Error)?
            do {
                while let event = try self.exchange.buffered() { isLast = self.append(event, frames, to: &buffer) }
            } catch {
                // What came before the failure is still the caller's.
                failure = error
            }
            let start = self.exchange.entry.now
            try await writer.write(buffer)
            self.exchange.entry.callerWaited(since: start)
            if let failure { throw failure }
            if isLast { self.exchange.delivered() }
        }
    }

    /// Appends the frame of an event and returns whether it was the last.
    private func append(_ event: GenerationEvent, _ frames: NativeFrames, to buffer: inout ByteBuffer) -> Bool {
        guard case .finished(let summary) = event else {
            frames.append(event, to: &buffer)
            return false
        }
        frames.appendEnd(NativeAnswers(summary, exchange: self.exchange), to: &buffer)
        return true
    }
}
