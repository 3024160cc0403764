import Domain

/// Where a request waits, and what follows once it has its slot.
struct PlaceInLine<Frame: Sendable>: Sendable {
    /// What came of an attempt to start.
    enum Step: Sendable {
        /// The engine has said something.
        case open(Exchange<Frame>)
        /// The engine failed before it said anything, and the request waits for another.
        case backInLine(PlaceInLine<Frame>)
    }

    /// The refusals that tell less than the failure that came before.
    private static var refusals: [ServiceError.Code] { [.queueFull, .modelUnavailable, .engineUnavailable] }

    private let place: any QueuePlace
    /// The failure that led here; nil for the first place of a request.
    private let failure: ServiceError?
    /// Starts with the slot.
    let start: @Sendable (Slot) async throws -> Step

    /// The first place of a request.
    init(_ place: any QueuePlace, start: @escaping @Sendable (Slot) async throws -> Step) {
        self.place = place
        self.failure = nil
        self.start = start
    }

    /// A place after a failure, which the caller is told where there is none.
    init(
        after failure: ServiceError,
        entering enter: () throws -> any QueuePlace,
        start: @escaping @Sendable (Slot) async throws -> Step
    ) throws {
        do {
            self.place = try enter()
        } catch let refusal as ServiceError where PlaceInLine.refusals.contains(refusal.code) {
            throw failure
        }
        self.failure = failure
        self.start = start
    }

    /// What the caller can be told while it waits; nil once it does not.
    var standing: QueueStanding? { self.place.standing }

    /// Whether an engine loads the model just now.
    var isLoading: Bool { self.place.isLoading }

    /// The slot if it was free at once.
    func ready() -> Slot? { self.place.ready() }

    /// Waits for the slot; nil if there is a limit, and the request still waits then.
    func slot(within limit: Duration?) async throws -> Slot? {
        do {
            guard let limit else { return try await self.place.slot() }
            return try await self.place.slot(within: limit)
        } catch let refusal as ServiceError where PlaceInLine.refusals.contains(refusal.code) {
            throw self.failure ?? refusal
        }
    }
}
