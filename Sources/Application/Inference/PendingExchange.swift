public import Domain
import Synchronization

/// A request in line, on its way to become an exchange.
///
/// It is settled exactly once like the exchange that it becomes: who drops it leaves the line and closes the record.
public final class PendingExchange<Frame: Sendable>: Sendable {
    /// The model that will answer, as the caller spelt it.
    public let model: ModelName
    private struct State {
        var place: PlaceInLine<Frame>
        var isOver = false
    }

    private let request: OpenRequest
    private let state: Mutex<State>

    init(model: ModelName, request: OpenRequest, place: PlaceInLine<Frame>) {
        self.model = model
        self.request = request
        self.state = Mutex(State(place: place))
    }

    deinit {
        if !self.state.withLock(\.isOver) { self.finish(with: CancellationError()) }
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
        guard let exchange = try await self.opened(within: nil) else { throw ServiceError.unexpected }
        return exchange
    }

    /// Waits for a slot for a while, and then for the engine's first event; nil if the request still waits in line.
    ///
    /// A request whose engine fails goes back in line, and may wait there as long again.
    ///
    /// - Throws: ``ServiceError`` for everything that fails before; the record is closed with it.
    public func open(within limit: Duration) async throws -> Exchange<Frame>? {
        try await self.opened(within: limit)
    }

    /// Gives the request up, in line or later.
    func cancel(_ error: ServiceError) {
        self.request.cancel(error)
    }

    /// Whether the engine loads the model just now.
    var isLoading: Bool { self.place.isLoading }

    private var place: PlaceInLine<Frame> { self.state.withLock(\.place) }

    /// Waits in one place after the other; nil only where there is a limit.
    private func opened(within limit: Duration?) async throws -> Exchange<Frame>? {
        do {
            while true {
                let place = self.place
                var slot = place.ready()
                if slot == nil { slot = try await place.slot(within: limit) }
                guard let slot else { return nil }
                switch try await place.start(slot) {
                case .backInLine(let next): self.state.withLock { $0.place = next }
                case .open(let exchange):
                    self.state.withLock { $0.isOver = true }
                    return exchange
                }
            }
        } catch {
            self.finish(with: error)
            throw error
        }
    }

    private func finish(with error: any Error) {
        let isFirst = self.state.withLock { state in
            defer { state.isOver = true }
            return !state.isOver
        }
        guard isFirst else { return }
        self.request.close()
        // A load is under way for whoever waits for it, and counts as a phase of its own.
        if self.place.isLoading { self.entry.loads() }
        self.entry.fail(error)
    }
}
