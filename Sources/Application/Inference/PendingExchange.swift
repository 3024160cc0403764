public import Domain
import Synchronization

/// A request in line, on its way to become an exchange.
///
/// It is settled exactly once like the exchange that it becomes: who drops it leaves the line and closes the record.
public final class PendingExchange<Frame: Sendable>: Sendable {
    /// The model that will answer, as the caller spelt it.
    public let model: ModelName
    private let request: OpenRequest
    private let place: any QueuePlace
    private let start: @Sendable (Slot) async throws -> Exchange<Frame>
    private let isOver = Mutex(false)

    init(
        model: ModelName,
        request: OpenRequest,
        place: any QueuePlace,
        start: @escaping @Sendable (Slot) async throws -> Exchange<Frame>
    ) {
        self.model = model
        self.request = request
        self.place = place
        self.start = start
    }

    deinit {
        self.finish(with: CancellationError())
    }

    /// The open record of the request.
    public var entry: RequestEntry { self.request.entry }

    /// How urgent the request is.
    public var requestClass: RequestClass { self.request.ticket.requestClass }

    /// What the caller can be told while it waits; nil once it does not.
    public var standing: QueueStanding? { self.place.standing }

    /// Waits for a slot and for the engine's first event.
    ///
    /// - Throws: ``ServiceError`` for everything that fails before; the record is closed with it.
    public func open() async throws -> Exchange<Frame> {
        do {
            return try await self.opened(on: self.place.slot())
        } catch {
            self.finish(with: error)
            throw error
        }
    }

    /// Waits for a slot for a while, and then for the engine's first event; nil if the request still waits in line.
    ///
    /// - Throws: ``ServiceError`` for everything that fails before; the record is closed with it.
    public func open(within limit: Duration) async throws -> Exchange<Frame>? {
        do {
            guard let slot = try await self.place.slot(within: limit) else { return nil }
            return try await self.opened(on: slot)
        } catch {
            self.finish(with: error)
            throw error
        }
    }

    /// Gives the request up, in line or later.
    func cancel(_ error: ServiceError) {
        self.request.cancel(error)
    }

    /// Whether the engine loads the model just now.
    var isLoading: Bool { self.place.isLoading }

    private func opened(on slot: Slot) async throws -> Exchange<Frame> {
        let exchange = try await self.start(slot)
        self.isOver.withLock { $0 = true }
        return exchange
    }

    private func finish(with error: any Error) {
        let isFirst = self.isOver.withLock { isOver in
            defer { isOver = true }
            return !isOver
        }
        guard isFirst else { return }
        self.request.close()
        // A load is under way for whoever waits for it, and counts as a phase of its own.
        if self.place.isLoading { self.entry.loads() }
        self.entry.fail(error)
    }
}
