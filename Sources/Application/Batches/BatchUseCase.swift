public import Domain

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Durable batches, for those who make them.
public struct BatchUseCase: Sendable {
    /// What a caller wants to have done.
    public struct Order: Sendable {
        /// The file with the requests.
        public var inputFile: FileID
        /// The route of all of them.
        public var endpoint: BatchEndpoint
        /// How long it may take, as the caller spelt it.
        public var window: String
        /// What the caller attaches.
        public var metadata: [BatchLabel]
        /// How long its results are kept from when they are complete; nil is as long as the service keeps any.
        public var outputLife: Duration?

        /// Describes an order.
        public init(
            inputFile: FileID,
            endpoint: BatchEndpoint,
            window: String,
            metadata: [BatchLabel] = [],
            outputLife: Duration? = nil
        ) {
            self.inputFile = inputFile
            self.endpoint = endpoint
            self.window = window
            self.metadata = metadata
            self.outputLife = outputLife
        }
    }

    /// What it goes by.
    public struct Settings: Sendable {
        /// The longest window, in days.
        public var maxWindowDays: Int
        /// How many batches of a project may be without an end.
        public var maxOpenBatches: Int

        /// Creates settings.
        public init(maxWindowDays: Int, maxOpenBatches: Int) {
            self.maxWindowDays = maxWindowDays
            self.maxOpenBatches = maxOpenBatches
        }
    }

    private let store: any BatchStore
    private let files: any FileStore
    private let bell: BatchBell
    private let clock: any ServiceClock
    private let ids: any IDGenerator
    private let settings: Settings

    /// Creates the use case.
    public init(
        store: any BatchStore,
        files: any FileStore,
        bell: BatchBell,
        clock: any ServiceClock,
        ids: any IDGenerator,
        settings: Settings
    ) {
        self.store = store
        self.files = files
        self.bell = bell
        self.clock = clock
        self.ids = ids
        self.settings = settings
    }

    /// The present, for estimates.
    public var now: Date { self.clock.wallTime }

    /// Makes a batch of a file; it is read and run in the background.
    ///
    /// - Returns: the batch, which survives a restart.
    /// - Throws: ``ServiceError`` `invalid_request` for a file that is not there, not the caller's or not for batches, and for
    ///   a window that cannot be; `quota_exceeded` if the project has too many batches that have not ended;
    ///   `storage_unavailable`.
    public func create(_ order: Order, for caller: Caller) async throws -> Batch {
        let window = try BatchWindow(order.window, maxDays: self.settings.maxWindowDays)
        let batch = Batch(
            id: BatchID(generated: self.ids.next()),
            project: caller.project.name,
            endpoint: order.endpoint,
            inputFile: order.inputFile,
            window: window,
            metadata: order.metadata,
            outputLife: order.outputLife,
            createdAt: self.clock.wallTime
        )
        try await StoreFailure.told {
            guard let file = try await self.files.file(order.inputFile), caller.mayUse(whatBelongsTo: file.project)
            else {
                throw ServiceError.noInputFile
            }
            guard file.purpose == .batch else {
                throw ServiceError(
                    .invalidRequest,
                    field: "/input_file_id",
                    "The file was uploaded for '\(file.purpose.rawValue)'; the input of a batch needs the purpose 'batch'."
                )
            }
            try await self.store.add(batch, atMost: self.settings.maxOpenBatches)
        }
        self.bell.ringKeeper()
        return batch
    }

    /// A batch of the caller's; an admin sees all.
    ///
    /// - Throws: ``ServiceError`` `not_found`, `storage_unavailable`.
    public func batch(_ id: BatchID, for caller: Caller) async throws -> Batch {
        try await StoreFailure.told {
            guard let batch = try await self.store.batch(id), caller.mayUse(whatBelongsTo: batch.project) else {
                throw ServiceError.noSuchBatch
            }
            return batch
        }
    }

    /// A page of the caller's batches; an admin sees all.
    ///
    /// - Throws: ``ServiceError`` `storage_unavailable`.
    public func batches(_ query: ListQuery<BatchID>) async throws -> ListPage<Batch> {
        try await StoreFailure.told { try await self.store.batches(query) }
    }

    /// Cancels a batch: what runs comes to its end, what waits is not run.
    ///
    /// - Throws: ``ServiceError`` `not_found`, `conflict` if it has ended, `storage_unavailable`.
    public func cancel(_ id: BatchID, for caller: Caller) async throws -> Batch {
        let batch = try await self.change(id, for: caller) { try $0.cancel(at: $1) }
        self.bell.ringKeeper()
        return batch
    }

    /// Lets nothing of a batch start until it is resumed.
    ///
    /// - Throws: ``ServiceError`` `not_found`, `conflict` if it has ended, `storage_unavailable`.
    public func pause(_ id: BatchID, for caller: Caller) async throws -> Batch {
        try await self.change(id, for: caller) { try $0.pause(at: $1) }
    }

    /// Lets a paused batch go on.
    ///
    /// - Throws: ``ServiceError`` `not_found`, `conflict` if it has ended, `storage_unavailable`.
    public func resume(_ id: BatchID, for caller: Caller) async throws -> Batch {
        try await self.change(id, for: caller) { try $0.resume(at: $1) }
    }

    private func change(
        _ id: BatchID,
        for caller: Caller,
        _ move: @escaping @Sendable (inout Batch, Date) throws -> Void
    ) async throws -> Batch {
        let now = self.clock.wallTime
        let batch = try await StoreFailure.told {
            try await self.store.change(id) { batch in
                guard caller.mayUse(whatBelongsTo: batch.project) else { throw ServiceError.noSuchBatch }
                try move(&batch, now)
            }
        }
        guard let batch else { throw ServiceError.noSuchBatch }
        self.bell.ringRunner()
        return batch
    }
}

/// Tells callers that the store failed, without its own words.
enum StoreFailure {
    /// Does something with a store.
    ///
    /// - Throws: ``ServiceError``: its own, or `storage_unavailable`; `CancellationError`.
    static func told<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as ServiceError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ServiceError(
                .storageUnavailable,
                "The service cannot read or write what it keeps at the moment; its disk may be full.",
                retryAfter: .seconds(5)
            )
        }
    }
}

extension ServiceError {
    fileprivate static let noSuchBatch = ServiceError(.notFound, "There is no such batch.", isRetryable: false)
    fileprivate static let noInputFile = ServiceError(
        .invalidRequest,
        field: "/input_file_id",
        "There is no such file; upload it with 'POST /v1/files' and the purpose 'batch' first."
    )
}
