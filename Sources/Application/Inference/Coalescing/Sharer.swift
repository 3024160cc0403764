import Domain
import Synchronization

/// One request that shares a generation; who drops it leaves.
final class Sharer: Sendable {
    let generation: SharedGeneration
    private let id: SharedGeneration.SharerID
    private let entry: RequestEntry

    init(_ id: SharedGeneration.SharerID, of generation: SharedGeneration, entry: RequestEntry) {
        self.id = id
        self.generation = generation
        self.entry = entry
    }

    deinit {
        self.leave()
    }

    /// Leaves, and books the request's part of the generation.
    func leave() {
        guard let share = self.generation.leave(self.id), share > 0, share < 1 else { return }
        self.entry.shared(share)
    }

    func cancel(_ error: ServiceError) {
        self.generation.cancel(self.id, error)
    }

    func opening() throws -> SharedGeneration.Opening? {
        try self.generation.opening(for: self.id)
    }

    func event() throws -> (isKnown: Bool, event: GenerationEvent?) {
        try self.generation.event(for: self.id)
    }

    func untilChange() async {
        await self.generation.untilChange(for: self.id)
    }
}

/// The place in line of a request that shares a generation: that of the generation.
final class SharedPlace: QueuePlace {
    private let sharer: Sharer
    private let arrival: MonotonicInstant
    private let clock: any ServiceClock

    init(sharer: Sharer, arrival: MonotonicInstant, clock: any ServiceClock) {
        self.sharer = sharer
        self.arrival = arrival
        self.clock = clock
    }

    var standing: QueueStanding? { self.sharer.generation.standing }

    var isLoading: Bool { self.sharer.generation.isLoading }

    func slot() async throws -> Slot {
        while true {
            if let slot = try self.fetch() { return slot }
            await self.sharer.untilChange()
            try Task.checkCancellation()
        }
    }

    func slot(within limit: Duration) async throws -> Slot? {
        if let slot = try self.fetch() { return slot }
        guard limit > .zero else { return nil }
        let end = self.clock.now.advanced(by: limit)
        while self.clock.now < end {
            let left = end - self.clock.now
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.sharer.untilChange() }
                group.addTask { try? await self.clock.sleep(for: left) }
                await group.next()
                group.cancelAll()
            }
            try Task.checkCancellation()
            if let slot = try self.fetch() { return slot }
        }
        return nil
    }

    func cancel(_ error: ServiceError) {
        self.sharer.cancel(error)
    }

    /// The slot is the generation's; what is given back here is only the request's part of it.
    private func fetch() throws -> Slot? {
        guard let opening = try self.sharer.opening() else { return nil }
        return Slot(
            engine: opening.engine.name,
            waited: max(.zero, opening.at - self.arrival),
            loadTime: opening.loadTime,
            onRelease: { _ in }
        )
    }
}

/// The answer of a shared generation as one of its sharers sees it.
final class SharerStream: EngineStream {
    typealias Frame = GenerationEvent

    private let sharer: Sharer
    private let passed = Mutex(GenerationProgress())
    /// See ``EngineStream/notices``.
    let notices: GenerationNotices

    /// Where the answer is noted for the request's trace; nil where it is not to be told.
    private let answer: AnswerExcerpt?

    init(sharer: Sharer, notices: GenerationNotices, answer: AnswerExcerpt? = nil) {
        self.sharer = sharer
        self.answer = answer
        self.notices = notices
    }

    var progress: GenerationProgress { self.passed.withLock { $0 } }

    func next() async throws -> GenerationEvent? {
        while true {
            let (isKnown, event) = try self.sharer.event()
            if isKnown { return self.noted(event) }
            await self.sharer.untilChange()
            try Task.checkCancellation()
        }
    }

    func buffered() throws -> GenerationEvent? {
        self.noted(try self.sharer.event().event)
    }

    func cancel(_ error: ServiceError) {
        self.sharer.cancel(error)
        self.sharer.leave()
    }

    private func noted(_ event: GenerationEvent?) -> GenerationEvent? {
        if let event { self.answer?.add(event) }
        self.passed.withLock { progress in
            switch event {
            case .text?, .thinking?: progress.pieces += 1
            case .finished(let summary)?: progress.summary = summary
            default: break
            }
        }
        return event
    }
}
