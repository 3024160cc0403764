import Domain

/// What it takes to start a request on an engine.
struct StartParts: Sendable {
    let directory: EngineDirectory
    let admission: any Admission
    let clock: any ServiceClock
    /// Names tool calls.
    let ids: any IDGenerator
    /// The longest `keep_alive` that everybody may ask for; nil is no limit.
    let keepAlive: KeepAlive?
}

/// Starts a request on an engine, and on another where that fails: on each at most once.
///
/// What need not wait is done by functions of its own that are not `async`: all that an `async` function touches lies in the
/// memory of its task for as long as the engine thinks.
final class ExchangeStart<Work: ExchangeWork, Frame: Sendable>: Sendable {
    private let wish: Wish<Work, Frame>
    private let model: ModelName
    private let request: OpenRequest
    private let parts: StartParts

    /// What a request has behind it when an engine gets it.
    final class Trail: Sendable {
        /// The ticket with which it waited last.
        let ticket: Ticket
        /// How long it waited before that.
        let waited: Duration
        /// The engines of ours that hung and may have it once more.
        let comebacks: Set<EngineName>

        init(ticket: Ticket, waited: Duration = .zero, comebacks: Set<EngineName> = []) {
            self.ticket = ticket
            self.waited = waited
            self.comebacks = comebacks
        }
    }

    /// An exchange that has not begun, and what is noted once it has.
    private struct Opening {
        let exchange: Exchange<Frame>
        /// Whether the engine did not have the model in memory.
        let isLoading: Bool
        /// The context with which the engine has to load the model anew; nil where it need not.
        let context: Int?
    }

    init(_ wish: Wish<Work, Frame>, model: ModelName, request: OpenRequest, parts: StartParts) {
        self.wish = wish
        self.model = model
        self.request = request
        self.parts = parts
    }

    /// Starts on an engine, and goes back in line where it fails.
    ///
    /// Only a failure that is the engine's or the model's there, and before the first event, leads to another.
    func go(on slot: Slot, after trail: Trail) async throws -> PlaceInLine<Frame>.Step {
        do {
            let opening = try self.opening(on: slot, after: trail.waited + slot.waited)
            try await opening.exchange.begin()
            self.opened(opening, on: slot.engine)
            return .open(opening.exchange)
        } catch let error as ServiceError where error.blame != nil {
            return .backInLine(try self.goBack(from: slot, after: trail, error))
        }
    }

    @inline(never)
    private func opening(on slot: Slot, after waited: Duration) throws -> Opening {
        let parts = self.parts
        guard let seat = parts.directory.seat(of: self.model, on: slot.engine) else {
            throw ServiceError(
                .engineUnavailable,
                "The engine '\(slot.engine)' is gone.",
                retryAfter: .seconds(1),
                blame: .engine
            )
        }
        let (ticket, entry) = (self.request.ticket, self.request.entry)
        if let deadline = ticket.deadline, deadline <= parts.clock.now { throw ServiceError.deadlinePassed }
        let resident = seat.resident
        let isWarm = resident != nil && slot.loadTime == nil
        entry.admitted(to: slot.engine, after: waited, loadTime: slot.loadTime, warm: isWarm)
        let (permitted, keepAlive) = try RunnerOptions.normalised(
            self.wish.work,
            for: ticket.project,
            loadedContext: resident?.context,
            keepAlive: parts.keepAlive,
            stays: seat.stays
        )
        let access = EngineAccess(
            client: seat.client,
            job: EngineJob(
                work: permitted,
                model: seat.modelName,
                isLoaded: resident != nil,
                loadedContext: resident?.context,
                requestID: entry.requestID
            ),
            entry: entry,
            deadline: ticket.deadline,
            clock: parts.clock,
            ids: parts.ids,
            keepAlive: keepAlive
        ) { [directory = parts.directory, model = self.model] in
            try directory.begin(model, on: slot.engine)
        }
        let exchange = try Exchange(
            stream: try self.wish.stream(access),
            slot: slot,
            engine: seat.client.identity,
            model: self.model,
            request: self.request,
            clock: parts.clock
        )
        let context = permitted.options.contextLength.flatMap { $0 > resident?.context ?? 0 ? $0 : nil }
        return Opening(exchange: exchange, isLoading: resident == nil, context: context)
    }

    private func opened(_ opening: Opening, on engine: EngineName) {
        // A larger context than before is there for everybody from now on.
        guard opening.isLoading || opening.context != nil else { return }
        self.parts.directory.noteLoaded(self.model, on: engine, context: opening.context)
    }

    /// Puts the request back in line.
    ///
    /// - Throws: the error where no engine is left, or no line takes the request.
    @inline(never)
    private func goBack(from slot: Slot, after trail: Trail, _ error: ServiceError) throws -> PlaceInLine<Frame> {
        if error == .engineUnreachable { self.parts.directory.suspect(slot.engine) }
        // It may not be kept while the request waits for another, even if nothing was begun on it.
        slot.release()
        let (entry, waited) = (self.request.entry, trail.waited + slot.waited)
        var comebacks = trail.comebacks
        let ticket = self.ticket(
            after: trail.ticket,
            failed: slot.engine,
            error,
            mayComeBack: comebacks.insert(slot.engine).inserted,
            earlier: EarlierWait(arrival: entry.arrival, waited: waited)
        )
        guard let ticket else { throw error }
        let next = Trail(ticket: ticket, waited: waited, comebacks: comebacks)
        entry.queued(for: ticket.model, in: ticket.queue, as: ticket.requestClass, after: error)
        return try PlaceInLine<Frame>(after: error) {
            let place = try self.parts.admission.enter(ticket)
            try self.request.waits(in: place)
            return place
        } start: { slot in
            try await self.go(on: slot, after: next)
        }
    }

    /// The ticket with which a request goes back in line after a failure; nil if no engine is left.
    private func ticket(
        after ticket: Ticket,
        failed engine: EngineName,
        _ error: ServiceError,
        mayComeBack: Bool,
        earlier: EarlierWait
    ) -> Ticket? {
        let directory = self.parts.directory
        let able = directory.engines(having: ticket.model)
        // An engine of ours that hung is started again, and can have the request once more when it is back.
        let comesBack =
            mayComeBack && error == .engineWedged && (directory.engine(engine)?.client.identity.isManaged ?? false)
        let engines = ticket.engines.filter { $0 == engine ? comesBack : able.contains($0) }
        return engines.isEmpty ? nil : ticket.again(for: engines, after: earlier)
    }
}
