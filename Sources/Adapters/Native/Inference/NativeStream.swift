import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// The streamed answer of a native route: a request on its way to the caller.
struct NativeStream: Sendable {
    /// How far a request has come when its answer begins.
    enum Source: Sendable {
        /// The engine has said something.
        case open(Exchange<GenerationEvent>)
        /// It still waits in line; the caller is told its place until the engine says something.
        case waiting(PendingExchange<GenerationEvent>)
    }

    let source: Source
    let context: ServiceContext
    /// Where the answer is kept for those who come with the same key; nil where the caller gave none.
    let claim: StreamClaim?

    static let contentType = "text/event-stream"
    /// A waiting caller is told its place no more often than this.
    private static let noticeInterval = Duration.seconds(1)

    /// The answer.
    ///
    /// Its body runs after the route has returned, and settles the request whatever happens.
    var response: Response {
        var headers: HTTPFields
        switch self.source {
        case .open(let exchange):
            headers = InferenceHeaders.headers(of: exchange, contentType: NativeStream.contentType)
            exchange.entry.headSent()
        case .waiting(let pending):
            headers = InferenceHeaders.headers(of: pending, contentType: NativeStream.contentType)
            pending.entry.headSent()
        }
        headers[.cacheControl] = "no-store"
        headers[.xAccelBuffering] = "no"
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody { writer in
                defer {
                    self.context.watch?.disarm()
                    // A stream that did not come to its end leaves the key to the next request.
                    self.claim?.free()
                }
                guard let exchange = try await self.opened(telling: &writer) else { return }
                try await withTaskCancellationHandler {
                    try await OpenNativeStream(exchange: exchange, claim: self.claim).write(to: &writer)
                } onCancel: {
                    exchange.cancel(.callerLeft)
                }
            }
        )
    }

    /// The exchange, once the engine has said something; until then the caller is told its place in line.
    private func opened(telling writer: inout any ResponseBodyWriter) async throws -> Exchange<GenerationEvent>? {
        switch self.source {
        case .open(let exchange): return exchange
        case .waiting(let pending):
            do {
                while true {
                    if let standing = pending.standing {
                        let eta = Int(standing.estimatedWait.milliseconds.rounded())
                        let notice = ": queued position=\(standing.position) eta_ms=\(eta)\n\n"
                        try await writer.write(ByteBuffer(string: notice))
                    }
                    if let exchange = try await pending.open(within: NativeStream.noticeInterval) { return exchange }
                }
            } catch let error as ServiceError where error != .callerLeft {
                try await OpenNativeStream.fail(error, pending.entry.requestID, to: &writer)
            }
        }
        return nil
    }
}

/// The frames of an open exchange on their way to the caller.
private struct OpenNativeStream: Sendable {
    let exchange: Exchange<GenerationEvent>
    let claim: StreamClaim?

    /// Writes the frame that ends a stream that failed.
    ///
    /// - Throws: the error, so that the connection is cut without the last chunk: a client that does not look at the
    ///   frame still sees that the answer is not whole.
    static func fail(_ error: ServiceError, _ id: RequestID, to writer: inout any ResponseBodyWriter) async throws {
        var buffer = ByteBuffer()
        NativeFrames.appendFailure(error, requestID: id, to: &buffer)
        try await writer.write(buffer)
        throw error
    }

    func write(to writer: inout any ResponseBodyWriter) async throws {
        do {
            try await self.writeFrames(to: &writer)
        } catch let error as ServiceError where error != .callerLeft {
            return try await OpenNativeStream.fail(error, self.exchange.entry.requestID, to: &writer)
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
            self.claim?.add(event)
            var isLast = self.append(event, frames, to: &buffer)
            var failure: (any Error)?
            do {
                while let event = try self.exchange.buffered() {
                    self.claim?.add(event)
                    isLast = self.append(event, frames, to: &buffer)
                }
            } catch {
                // What came before the failure is still the caller's.
                failure = error
            }
            if isLast { await self.keep() }
            let start = self.exchange.entry.now
            try await writer.write(buffer)
            self.exchange.entry.callerWaited(since: start)
            if let failure { throw failure }
            if isLast { self.exchange.delivered() }
        }
    }

    /// Keeps the whole answer under the caller's key before its end is told: who has seen the end can rely on it.
    private func keep() async {
        await self.claim?.keep(contentType: NativeStream.contentType) { result in
            NativeFrames.whole(result, NativeAnswers(result.summary, exchange: self.exchange))
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
