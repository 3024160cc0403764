import Application
import Domain
import Hummingbird
import NIOCore

/// A streamed answer: a request on its way to the caller.
struct StreamedAnswer<Form: AnswerForm>: Sendable {
    typealias Frame = Form.Frames.Frame

    /// How far a request has come when its answer begins.
    enum Source: Sendable {
        /// The engine has said something.
        case open(Exchange<Frame>)
        /// It still waits in line; the caller is told its place until the engine says something.
        case waiting(PendingExchange<Frame>)
    }

    let form: Form
    /// Fields of the caller's that mean nothing here.
    let ignored: [String]
    let source: Source
    /// Links the request with its connection.
    ///
    /// Nothing else of the request is kept, which may hold pictures, for as long as its answer takes.
    let watch: ConnectionWatch?
    /// Where the answer is kept for those who come with the same key; nil where the caller gave none.
    let keeper: (any AnswerKeeper<Frame>)?

    /// A waiting caller is told its place no more often than this.
    private static var noticeInterval: Duration { .seconds(1) }

    /// The answer; its headers are added to `head`.
    ///
    /// Its body runs after the route has returned, and settles the request whatever happens.
    func response(adding head: AnswerFields) -> Response {
        var fields: FieldLines
        switch self.source {
        case .open(let exchange):
            fields = InferenceHeaders.fields(
                of: exchange,
                contentType: exchange.notices.contentType ?? self.form.streamType,
                ignored: self.ignored
            )
            exchange.entry.headSent()
        case .waiting(let pending):
            fields = InferenceHeaders.fields(
                of: pending,
                contentType: self.form.streamType,
                ignored: self.ignored
            )
            pending.entry.headSent()
        }
        fields.add("Cache-Control", "no-store")
        fields.add("x-accel-buffering", "no")
        head.add { [fields] in $0.add(fields) }
        return Response(
            status: .ok,
            body: ResponseBody { writer in
                defer {
                    self.watch?.disarm()
                    // A stream that did not come to its end leaves the key to the next request.
                    self.keeper?.free()
                }
                guard let exchange = try await self.opened(telling: &writer) else { return }
                try await withTaskCancellationHandler {
                    try await OpenStream(form: self.form, exchange: exchange, keeper: self.keeper).write(to: &writer)
                } onCancel: {
                    exchange.cancel(.callerLeft)
                }
            }
        )
    }

    /// The exchange, once the engine has said something; until then the caller is told its place in line.
    @concurrent
    private func opened(telling writer: inout any ResponseBodyWriter) async throws -> Exchange<Frame>? {
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
                    if let exchange = try await pending.open(within: Self.noticeInterval) { return exchange }
                }
            } catch let error as ServiceError where error != .callerLeft {
                var buffer = ByteBuffer()
                self.form.appendFailure(error, requestID: pending.entry.requestID, to: &buffer)
                try await OpenStream<Form>.end(with: buffer, of: error, to: &writer)
            }
        }
        return nil
    }
}

/// The frames of an open exchange on their way to the caller.
private struct OpenStream<Form: AnswerForm>: Sendable {
    let form: Form
    let exchange: Exchange<Form.Frames.Frame>
    let keeper: (any AnswerKeeper<Form.Frames.Frame>)?

    /// Writes what ends a stream that failed.
    ///
    /// - Throws: the error, so that the connection is cut without the last chunk: a client that does not look at the
    ///   frame still sees that the answer is not whole.
    @concurrent
    static func end(
        with frame: ByteBuffer,
        of error: ServiceError,
        to writer: inout any ResponseBodyWriter
    ) async throws {
        try await writer.write(frame)
        throw error
    }

    @concurrent
    func write(to writer: inout any ResponseBodyWriter) async throws {
        var frames = self.form.frames(of: self.exchange)
        do {
            try await self.write(&frames, to: &writer)
        } catch let error as ServiceError where error.answer != nil {
            // The engine has told the caller itself, and ended its answer as it does then.
            return try await writer.finish(nil)
        } catch let error as ServiceError where error != .callerLeft {
            var buffer = ByteBuffer()
            self.form.appendFailure(error, after: frames, requestID: self.exchange.entry.requestID, to: &buffer)
            return try await OpenStream.end(with: buffer, of: error, to: &writer)
        } catch {
            throw self.exchange.fail(.callerLeft as ServiceError)
        }
        try await writer.finish(nil)
        self.exchange.complete()
    }

    /// Writes all that has arrived as one piece, at once.
    @concurrent
    private func write(_ frames: inout Form.Frames, to writer: inout any ResponseBodyWriter) async throws {
        let entry = self.exchange.entry
        var waited = Duration.zero
        defer { entry.callerWaited(waited) }
        while let frame = try await self.exchange.next() {
            var buffer = ByteBuffer()
            self.keeper?.add(frame)
            var isLast = frames.append(frame, of: self.exchange, to: &buffer)
            var failure: (any Error)?
            do {
                while let frame = try self.exchange.buffered() {
                    self.keeper?.add(frame)
                    isLast = frames.append(frame, of: self.exchange, to: &buffer)
                }
            } catch {
                // What came before the failure is still the caller's.
                failure = error
            }
            // Before its end is told: who has seen the end can rely on the key.
            if isLast { await self.keeper?.keep(of: self.exchange) }
            if buffer.readableBytes > 0 {
                let start = entry.now
                try await writer.write(buffer)
                waited += entry.now - start
            }
            if let failure { throw failure }
            if isLast { self.exchange.delivered() }
        }
    }
}
