public import Domain

/// What the use cases of inference share: find the model, wait for a slot, wait for the engine's first event.
public final class ExchangeOpener: Sendable {
    private let resolver: ModelResolver
    private let directory: EngineDirectory
    private let admission: any Admission
    private let requests: OpenRequests
    private let limits: LimitKeeper
    private let clock: any ServiceClock
    private let ids: any IDGenerator
    /// The longest `keep_alive` that everybody may ask for; nil is no limit.
    private let keepAlive: KeepAlive?
    /// Nil where images go on as they came.
    private let images: ImagePreparation?
    /// Nil where identical requests do not share a generation.
    private let coalescer: Coalescer?
    /// The generations that requests share: they are seen as these requests, not beside them.
    private let sharedRequests = OpenRequests()

    /// Puts the parts together.
    ///
    /// `ids`: names tool calls. `keepAlive`: the longest `keep_alive` that everybody may ask for; nil is no limit.
    /// `images`: prepares images; nil hands them on as they came.
    /// `coalesces`: whether identical deterministic requests share a generation; then ``runShared()`` has to run.
    public init(
        resolver: ModelResolver,
        directory: EngineDirectory,
        admission: any Admission,
        requests: OpenRequests,
        limits: LimitKeeper,
        clock: any ServiceClock,
        ids: any IDGenerator,
        keepAlive: KeepAlive? = nil,
        images: ImagePreparation? = nil,
        coalesces: Bool = false
    ) {
        self.resolver = resolver
        self.directory = directory
        self.admission = admission
        self.requests = requests
        self.limits = limits
        self.clock = clock
        self.ids = ids
        self.keepAlive = keepAlive
        self.images = images
        self.coalescer = coalesces ? Coalescer(clock: clock) : nil
    }

    /// Runs the generations that several requests share, until the task is cancelled.
    public func runShared() async {
        await self.coalescer?.run()
    }

    /// Puts a request in line.
    ///
    /// - Throws: ``ServiceError`` for everything that refuses it at once; the record is closed with it.
    func enter(
        _ work: EngineWork,
        model: ModelName?,
        role: ModelRole,
        call: Call
    ) async throws -> PendingExchange<GenerationEvent> {
        do {
            // What cannot be had is refused before anything is done for it.
            let wanted = try AnswerPlan(work, isStreamed: call.isStreamed)
            let named = try await self.resolver.resolve(model, role: role)
            try self.limits.admit(wanted.work, model: named.name, call: call)
            let (ready, target) = try await self.prepared(work, for: named, call: call)
            let plan = work.hasImages ? try AnswerPlan(ready, isStreamed: call.isStreamed) : wanted
            // A generation that several share has no deadline of one of them, and does not wait for ever.
            if let coalescer, call.deadline == nil, !call.isBackground,
                let key = Coalescer.Key(plan, model: target.name, project: call.project.name)
            {
                return try self.share(key, in: coalescer, plan, target: target, call: call)
            }
            return try self.line(.events(plan), target: target, call: call, requests: self.requests)
        } catch {
            call.entry.fail(error)
            throw error
        }
    }

    /// Puts a request for several answers in line.
    ///
    /// - Throws: ``ServiceError`` for everything that refuses it at once; the record is closed with it.
    func enterChoices(
        _ work: EngineWork,
        model: ModelName?,
        role: ModelRole = .text,
        call: Call
    ) async throws -> PendingExchange<ChoiceEvent> {
        do {
            let plan = try AnswerPlan(work, isStreamed: call.isStreamed)
            return try await self.enter(.choices(plan), model: model, role: role, call: call)
        } catch {
            call.entry.fail(error)
            throw error
        }
    }

    /// Puts a request in line whose answer is made of other frames than events.
    ///
    /// - Throws: ``ServiceError`` for everything that refuses it at once; the record is closed with it.
    func enter<Work, Frame>(
        _ wish: Wish<Work, Frame>,
        model: ModelName?,
        role: ModelRole,
        call: Call
    ) async throws -> PendingExchange<Frame> {
        do {
            let named = try await self.resolver.resolve(model, role: role)
            try self.limits.admit(wish.work, model: named.name, call: call)
            let (work, target) = try await self.prepared(wish.work, for: named, call: call)
            let wish = Wish(work: work, stream: wish.stream)
            return try self.line(wish, target: target, call: call, requests: self.requests)
        } catch {
            call.entry.fail(error)
            throw error
        }
    }

    /// Whether some engine holds a model in memory that is to be taken out of it.
    ///
    /// - Throws: ``ServiceError`` if no engine has the model, the caller may not use it, or it is pinned.
    func isToBeUnloaded(_ model: ModelName, call: Call) async throws -> Bool {
        let target = try await self.resolver.resolve(model, role: .text)
        guard call.project.mayUse(target.name) else { throw ServiceError.modelNotAllowed(target.name, call.project) }
        let holding = target.engines.filter { self.directory.residentModel(target.name, on: $0) != nil }
        let pins = self.directory.pins(of: target.name).filter { holding.contains($0.engine) }
        guard pins.isEmpty else { throw ServiceError.pinned(pins) }
        return !holding.isEmpty
    }

    /// The same work with its images ready for the engines that can do it.
    private func prepared<Work: ExchangeWork>(
        _ work: Work,
        for target: ModelTarget,
        call: Call
    ) async throws -> (Work, ModelTarget) {
        guard let images = self.images, work.hasImages else { return (work, target) }
        let ready = try await images.prepare(work, for: target, entry: call.entry)
        return (ready.work, ready.target)
    }

    /// Puts a request in line by itself.
    private func line<Work, Frame>(
        _ wish: Wish<Work, Frame>,
        target: ModelTarget,
        call: Call,
        requests: OpenRequests
    ) throws -> PendingExchange<Frame> {
        let ticket = self.ticket(for: wish.work, target: target, call: call)
        call.entry.queued(for: target.name, in: ticket.queue, as: call.requestClass)
        let request = requests.open(ticket, entry: call.entry)
        do {
            let report = call.entry.images
            let place = try LastingPlace(ticket, in: self.admission, clock: self.clock) {
                [resolver = self.resolver, images = self.images] in
                let engines = await resolver.engines(having: target.name)
                return images?.able(engines, model: target.name, after: report) ?? engines
            }
            try request.waits(in: place)
            let first = PlaceInLine(place) { slot in
                try await self.start(wish, target: target, on: slot, after: Trail(ticket: ticket), request: request)
            }
            return PendingExchange(model: target.name, request: request, place: first)
        } catch {
            request.close()
            throw error
        }
    }

    /// Lets a request have the answer of its twin that is on its way, or go ahead for those that follow.
    private func share(
        _ key: Coalescer.Key,
        in coalescer: Coalescer,
        _ plan: AnswerPlan,
        target: ModelTarget,
        call: Call
    ) throws -> PendingExchange<GenerationEvent> {
        let ticket = self.ticket(for: plan.work, target: target, call: call)
        call.entry.queued(for: target.name, in: ticket.queue, as: call.requestClass)
        let request = self.requests.open(ticket, entry: call.entry)
        let sharer = coalescer.join(key, entry: call.entry) {
            // The record of the generation itself: each request has one of its own.
            let shadow = Call(
                entry: call.entry.shadow(),
                bodyBytes: call.bodyBytes,
                project: call.project,
                requestClass: call.requestClass
            )
            return try self.line(.events(plan), target: target, call: shadow, requests: self.sharedRequests)
        }
        let place = SharedPlace(sharer: sharer, arrival: self.clock.now, clock: self.clock)
        do {
            try request.waits(in: place)
        } catch {
            request.close()
            throw error
        }
        let first = PlaceInLine(place) { slot in
            guard let opening = try sharer.opening() else { throw ServiceError.callerLeft }
            call.entry.admitted(
                to: slot.engine,
                after: slot.waited,
                loadTime: slot.loadTime,
                warm: opening.isWarm
            )
            // What the engine was told of the trace is the call of the first of those who share it.
            let trace = call.entry.calls(
                EngineCallNote(engine: opening.engine, model: target.name.canonical, work: plan.work)
            )
            let exchange = try Exchange(
                stream: SharerStream(sharer: sharer, notices: opening.notices, answer: trace?.answer),
                slot: slot,
                engine: opening.engine,
                model: target.name,
                request: request,
                clock: self.clock
            )
            try await exchange.begin()
            return PlaceInLine.Step.open(exchange)
        }
        return PendingExchange(model: target.name, request: request, place: first)
    }

    private func ticket(for work: some ExchangeWork, target: ModelTarget, call: Call) -> Ticket {
        let promptBytes = work.promptBytes
        call.entry.asks(promptBytes: promptBytes)
        return Ticket(
            requestID: call.entry.requestID,
            project: call.project,
            requestClass: call.requestClass,
            queue: work.hasImages ? .vlm : .chat,
            model: target.name,
            runner: self.directory.scheduledName(of: target.name),
            engines: target.engines,
            isBackground: call.isBackground,
            waitingBytes: call.bodyBytes,
            // Nobody has counted them yet; four bytes a token is near enough for a place in line.
            promptTokens: LimitKeeper.Estimate.tokens(ofBytes: promptBytes) + (call.entry.images?.tokens ?? 0),
            maxTokens: work.options.maxTokens.map { $0 * (work.options.choices ?? 1) },
            deadline: call.deadline
        )
    }

    /// What a request has behind it when an engine gets it.
    private struct Trail: Sendable {
        /// The ticket with which it waited last.
        var ticket: Ticket
        /// How long it has waited in all.
        var waited = Duration.zero
        /// The engines of ours that hung and may have it once more.
        var comebacks: Set<EngineName> = []
    }

    /// Starts on an engine, each at most once, and goes back in line where it fails.
    ///
    /// Only a failure that is the engine's or the model's there, and before the first event, leads to another.
    private func start<Work, Frame>(
        _ wish: Wish<Work, Frame>,
        target: ModelTarget,
        on slot: Slot,
        after trail: Trail,
        request: OpenRequest
    ) async throws -> PlaceInLine<Frame>.Step {
        var trail = trail
        trail.waited += slot.waited
        do {
            return .open(try await self.start(wish, target: target, on: slot, after: trail.waited, request: request))
        } catch let error as ServiceError where error.blame != nil {
            // It may not be kept while the request waits for another, even if nothing was begun on it.
            slot.release()
            let ticket = self.ticket(
                after: trail.ticket,
                failed: slot.engine,
                error,
                mayComeBack: trail.comebacks.insert(slot.engine).inserted,
                earlier: EarlierWait(arrival: request.entry.arrival, waited: trail.waited)
            )
            guard let ticket else { throw error }
            trail.ticket = ticket
            request.entry.queued(for: ticket.model, in: ticket.queue, as: ticket.requestClass, after: error)
            let next = try PlaceInLine<Frame>(after: error) {
                let place = try self.admission.enter(ticket)
                try request.waits(in: place)
                return place
            } start: { [trail] slot in
                try await self.start(wish, target: target, on: slot, after: trail, request: request)
            }
            return .backInLine(next)
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
        let able = self.directory.engines(having: ticket.model)
        // An engine of ours that hung is started again, and can have the request once more when it is back.
        let comesBack =
            mayComeBack && error == .engineWedged
            && (self.directory.engine(engine)?.client.identity.isManaged ?? false)
        let engines = ticket.engines.filter { $0 == engine ? comesBack : able.contains($0) }
        return engines.isEmpty ? nil : ticket.again(for: engines, after: earlier)
    }

    private func start<Work, Frame>(
        _ wish: Wish<Work, Frame>,
        target: ModelTarget,
        on slot: Slot,
        after waited: Duration,
        request: OpenRequest
    ) async throws -> Exchange<Frame> {
        guard let seat = self.directory.seat(of: target.name, on: slot.engine) else {
            throw ServiceError(
                .engineUnavailable,
                "The engine '\(slot.engine)' is gone.",
                retryAfter: .seconds(1),
                blame: .engine
            )
        }
        if let deadline = request.ticket.deadline, deadline <= self.clock.now { throw ServiceError.deadlinePassed }
        let resident = seat.resident
        let isWarm = resident != nil && slot.loadTime == nil
        request.entry.admitted(to: slot.engine, after: waited, loadTime: slot.loadTime, warm: isWarm)
        let (permitted, keepAlive) = try RunnerOptions.normalised(
            wish.work,
            for: request.ticket.project,
            loadedContext: resident?.context,
            keepAlive: self.keepAlive,
            stays: seat.stays
        )
        let access = EngineAccess(
            client: seat.client,
            job: EngineJob(
                work: permitted,
                model: seat.modelName,
                isLoaded: resident != nil,
                loadedContext: resident?.context,
                requestID: request.entry.requestID
            ),
            entry: request.entry,
            deadline: request.ticket.deadline,
            clock: self.clock,
            ids: self.ids,
            keepAlive: keepAlive
        ) { [directory] in
            try directory.begin(target.name, on: slot.engine)
        }
        let exchange = try Exchange(
            stream: try wish.stream(access),
            slot: slot,
            engine: seat.client.identity,
            model: target.name,
            request: request,
            clock: self.clock
        )
        do {
            try await exchange.begin()
        } catch let error as ServiceError where error == .engineUnreachable {
            self.directory.suspect(slot.engine)
            throw error
        }
        // A larger context than before is there for everybody from now on.
        let context = permitted.options.contextLength.flatMap { $0 > resident?.context ?? 0 ? $0 : nil }
        if resident == nil || context != nil {
            self.directory.noteLoaded(target.name, on: slot.engine, context: context)
        }
        return exchange
    }
}
