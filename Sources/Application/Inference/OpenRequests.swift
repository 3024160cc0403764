public import Domain
import Synchronization

/// A request that is on its way, as others see it.
public struct OpenRequestView: Sendable {
    /// The request's id.
    public let requestID: RequestID
    /// Who called.
    public let project: ProjectName
    /// Whose limits hold for it.
    public let queue: RequestQueue
    /// How urgent it is.
    public let requestClass: RequestClass
    /// The model that it needs.
    public let model: ModelName
    /// The engine on which it runs; nil while it waits.
    public let engine: EngineName?
    /// Where it is.
    public let phase: RequestRecord.Phase
    /// What it can be told while it waits.
    public let standing: QueueStanding?
    /// How long it has waited for its slot.
    public let waited: Duration
}

/// The requests that are on their way now, so that they can be seen and ended from elsewhere.
public final class OpenRequests: Sendable {
    private struct State {
        var requests: [Int: OpenRequest] = [:]
        var nextNumber = 0
    }

    private let state = Mutex(State())

    /// Starts with none.
    public init() {}

    /// How many requests are on their way.
    public var count: Int { self.state.withLock(\.requests.count) }

    /// All requests of a project, or of all; the oldest first.
    public func views(of project: ProjectName?) -> [OpenRequestView] {
        self.all(of: project).map(\.view)
    }

    /// The oldest requests of a project, or of all, and how many there are.
    public func oldest(_ limit: Int, of project: ProjectName?) -> (views: [OpenRequestView], count: Int) {
        let requests = self.all(of: project)
        return (requests.prefix(limit).map(\.view), requests.count)
    }

    /// The request with an id; the newest if callers have used it for several.
    public func view(of id: RequestID, project: ProjectName?) -> OpenRequestView? {
        self.all(of: project).last { $0.entry.requestID == id }?.view
    }

    /// Ends all requests with an id.
    ///
    /// - Returns: whether there was any.
    public func cancel(_ id: RequestID, project: ProjectName?, _ error: ServiceError) -> Bool {
        let requests = self.all(of: project).filter { $0.entry.requestID == id }
        for request in requests { request.cancel(error) }
        return !requests.isEmpty
    }

    /// Ends all requests with an error.
    public func cancelAll(_ error: ServiceError) {
        for request in self.all(of: nil) { request.cancel(error) }
    }

    private func all(of project: ProjectName?) -> [OpenRequest] {
        self.state.withLock { Array($0.requests.values) }
            .filter { project == nil || $0.entry.project == project }
            .sorted { $0.number < $1.number }
    }

    /// Begins to show a request; ``OpenRequest/close()`` ends it.
    func open(_ ticket: Ticket, entry: RequestEntry) -> OpenRequest {
        self.state.withLock { state in
            state.nextNumber += 1
            let request = OpenRequest(state.nextNumber, entry: entry, ticket: ticket, registry: self)
            state.requests[request.number] = request
            return request
        }
    }

    fileprivate func remove(_ request: OpenRequest) {
        _ = self.state.withLock { $0.requests.removeValue(forKey: request.number) }
    }
}

/// One request on its way: waiting in line or running.
///
/// It keeps alive what it looks at until it is closed, and so neither the pending exchange nor the exchange, which close it: one
/// that is dropped has to settle itself.
final class OpenRequest: Sendable {
    private struct State {
        var place: (any QueuePlace)?
        var engine: EngineName?
        var cancel: (@Sendable (ServiceError) -> Void)?
        /// Whoever ended the request first says what the caller is told.
        var ending: ServiceError?
        var isClosed = false
    }

    /// Its place in the order in which requests came.
    fileprivate let number: Int
    let entry: RequestEntry
    let ticket: Ticket
    private let registry: OpenRequests
    private let state = Mutex(State())

    fileprivate init(_ number: Int, entry: RequestEntry, ticket: Ticket, registry: OpenRequests) {
        self.number = number
        self.entry = entry
        self.ticket = ticket
        self.registry = registry
    }

    /// With what the request was ended; nil if it was not.
    var ending: ServiceError? { self.state.withLock(\.ending) }

    /// Ends being shown.
    func close() {
        // What it held goes behind the lock, for it may have to leave its line.
        _ = self.state.withLock { state in
            defer {
                state.place = nil
                state.cancel = nil
                state.isClosed = true
            }
            return (state.place, state.cancel)
        }
        self.registry.remove(self)
    }

    /// Notes that the request waits in line.
    ///
    /// - Throws: the error with which it was ended meanwhile.
    func waits(in place: any QueuePlace) throws(ServiceError) {
        try self.turn(place: place, engine: nil, cancel: nil)
    }

    /// Notes that the request runs; `cancel` ends that.
    ///
    /// - Throws: the error with which it was ended meanwhile.
    func runs(on engine: EngineName, cancel: @escaping @Sendable (ServiceError) -> Void) throws(ServiceError) {
        try self.turn(place: nil, engine: engine, cancel: cancel)
    }

    private func turn(
        place: (any QueuePlace)?,
        engine: EngineName?,
        cancel: (@Sendable (ServiceError) -> Void)?
    ) throws(ServiceError) {
        // As in `close()`, what it held goes behind the lock.
        let (ending, _, _) = self.state.withLock { state in
            defer {
                state.place = place
                state.engine = engine
                state.cancel = cancel
            }
            return (state.ending, state.place, state.cancel)
        }
        if let ending { throw ending }
    }

    /// Ends the request with an error, unless it is over or somebody else has.
    func cancel(_ error: ServiceError) {
        let (place, cancel) = self.state.withLock {
            state -> (
                (any QueuePlace)?, (@Sendable (ServiceError) -> Void)?
            ) in
            guard state.ending == nil, !state.isClosed else { return (nil, nil) }
            state.ending = error
            return (state.place, state.cancel)
        }
        place?.cancel(error)
        cancel?(error)
    }

    var view: OpenRequestView {
        let (place, engine) = self.state.withLock { ($0.place, $0.engine) }
        let isLoading = place?.isLoading ?? false
        return OpenRequestView(
            requestID: self.entry.requestID,
            project: self.entry.project,
            queue: self.ticket.queue,
            requestClass: self.ticket.requestClass,
            model: self.ticket.model,
            engine: engine,
            phase: isLoading ? .loading : self.entry.phase,
            standing: place?.standing,
            waited: self.entry.queueWait ?? self.entry.elapsed
        )
    }
}
