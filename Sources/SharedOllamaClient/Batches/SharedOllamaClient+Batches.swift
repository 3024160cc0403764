/// Stored batches of the service (`docs/batches.md`).
///
/// An Ollama that is called directly has none: each of these throws ``SharedOllamaError/Code/notSupported`` then.
extension SharedOllamaClient {
    /// Submits a batch; it runs from then on, whether this program does or not.
    ///
    /// Each submission is a batch of its own: whoever is not told the end of one looks for it before submitting it again.
    ///
    /// - Parameters:
    ///   - items: its requests, which are held in memory until they are sent. None is streamed.
    ///   - window: how long it may take, in hours or days: `24h`, `7d`.
    /// - Returns: the batch as it is now.
    /// - Throws: ``SharedOllamaError``; `CancellationError` if the task was cancelled.
    public func submitBatch(_ items: [BatchItem], window: String = "24h") async throws -> Batch {
        var lines: [UInt8] = []
        for item in items {
            let call = try self.caller.wire.chat(item.request, isStreamed: false)
            let line: JSONValue = [
                "custom_id": .string(item.id), "method": "POST", "url": .string(call.path), "body": call.body ?? [:],
            ]
            lines += line.bytes
            lines.append(0x0A)
        }
        var upload = WireCall.get("/v1/files")
        upload.form = UploadForm(batch: lines)
        let file = try await self.batchValue(upload)
        guard let fileID = file["id"]?.string else { throw SharedOllamaError.unreadable("no file") }
        var creation = WireCall.get("/v1/batches")
        creation.body = [
            "input_file_id": .string(fileID), "endpoint": "/api/v1/chat", "completion_window": .string(window),
        ]
        // A connection that is lost on the way must not make two of it.
        let once = CallSettings(idempotencyKey: RequestIdentifier.make())
        return try Batch(try await self.batchValue(creation, once))
    }

    /// A batch as it is now.
    ///
    /// - Throws: ``SharedOllamaError``; `CancellationError` if the task was cancelled.
    public func batch(_ id: String) async throws -> Batch {
        try Batch(try await self.batchValue(.get("/v1/batches/\(RequestIdentifier.escaped(id))")))
    }

    /// Ends a batch; what has not run has an error as its result.
    ///
    /// - Throws: ``SharedOllamaError``; `CancellationError` if the task was cancelled.
    @discardableResult
    public func cancelBatch(_ id: String) async throws -> Batch {
        var call = WireCall.get("/v1/batches/\(RequestIdentifier.escaped(id))/cancel")
        call.body = [:]
        return try Batch(try await self.batchValue(call))
    }

    /// Waits until a batch is over, which may take days.
    ///
    /// - Parameters:
    ///   - id: the batch.
    ///   - pause: between two looks.
    ///   - progress: is told what each look finds.
    /// - Returns: the batch as it is at its end.
    /// - Throws: ``SharedOllamaError``; `CancellationError` if the task was cancelled.
    public func batchEnd(
        of id: String,
        lookingEvery pause: Duration = .seconds(5),
        progress: @Sendable (Batch) -> Void = { _ in }
    ) async throws -> Batch {
        while true {
            let batch = try await self.batch(id)
            progress(batch)
            if batch.isOver { return batch }
            try await self.caller.surroundings.timer(pause)
        }
    }

    /// The results of a batch, read as they are asked for.
    public func batchResults(of batch: Batch) -> BatchResults {
        BatchResults(caller: self.caller, files: batch.files)
    }

    private func batchValue(_ call: WireCall, _ settings: CallSettings = CallSettings()) async throws -> JSONValue {
        guard self.caller.configuration.target != .direct else {
            throw SharedOllamaError(.notSupported, "Ollama has no batches")
        }
        return try await self.caller.value(call, settings, requestID: RequestIdentifier.make())
    }
}
