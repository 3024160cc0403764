public import Domain

/// What the use cases of inference share: find the model, wait for a slot, wait for the engine's first event.
public final class ExchangeOpener: Sendable {
    private let resolver: ModelResolver
    private let parts: StartParts
    private let requests: OpenRequests
    private let limits: LimitKeeper
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
        self.parts = StartParts(
            directory: directory,
            admission: admission,
            clock: clock,
            ids: ids,
            keepAlive: keepAlive
        )
        self.requests = requests
        self.limits = limits
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
            if !self.takesTime(work), let named = self.resolver.known(model, role: role) {
                return try self.enter(work, named: named, call: call)
            }
            // What cannot be had is refused before anything is done for it.
            let wanted = try AnswerPlan(work, isStreamed: call.isStreamed)
            let named = try await self.resolver.resolve(model, role: role)
            try self.limits.admit(wanted.work, model: named.name, call: call)
            let (ready, target) = try await self.prepared(work, for: named, call: call)
            let plan = work.hasImages ? try AnswerPlan(ready, isStreamed: call.isStreamed) : wanted
            return try self.enter(plan, target: target, call: call)
        } catch {
            call.entry.fail(error)
            throw error
        }
    }

    /// Puts a request in line for which nothing has to be waited for.
    @inline(never)
    private func enter(
        _ work: EngineWork,
        named: ModelTarget,
        call: Call
    ) throws -> PendingExchange<GenerationEvent> {
        let plan = try AnswerPlan(work, isStreamed: call.isStreamed)
        try self.limits.admit(plan.work, model: named.name, call: call)
        return try self.enter(plan, target: named, call: call)
    }

    private func enter(
        _ plan: AnswerPlan,
        target: ModelTarget,
        call: Call
    ) throws -> PendingExchange<GenerationEvent> {
        // A generation that several share has no deadline of one of them, and does not wait for ever.
        if let coalescer, call.deadline == nil, !call.isBackground,
            let key = Coalescer.Key(plan, model: target.name, project: call.project.name)
        {
            return try self.share(key, in: coalescer, plan, target: target, call: call)
        }
        return try self.line(.events(plan), target: target, call: call, requests: self.requests)
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
            if !self.takesTime(wish.work), let named = self.resolver.known(model, role: role) {
                return try self.enter(wish, named: named, call: call)
            }
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

    /// Puts a request in line for which nothing has to be waited for.
    @inline(never)
    private func enter<Work, Frame>(
        _ wish: Wish<Work, Frame>,
        named: ModelTarget,
        call: Call
    ) throws -> PendingExchange<Frame> {
        try self.limits.admit(wish.work, model: named.name, call: call)
        return try self.line(wish, target: named, call: call, requests: self.requests)
    }

    /// Whether a request has pictures that have to be prepared.
    private func takesTime(_ work: some ExchangeWork) -> Bool { self.images != nil && work.hasImages }

    /// Whether some engine holds a model in memory that is to be taken out of it.
    ///
    /// - Throws: ``ServiceError`` if no engine has the model, the caller may not use it, or it is pinned.
    func isToBeUnloaded(_ model: ModelName, call: Call) async throws -> Bool {
        let target = try await self.resolver.resolve(model, role: .text)
        guard call.project.mayUse(target.name) else { throw ServiceError.modelNotAllowed(target.name, call.project) }
        let holding = target.engines.filter { self.parts.directory.residentModel(target.name, on: $0) != nil }
        let pins = self.parts.directory.pins(of: target.name).filter { holding.contains($0.engine) }
        guard pins.isEmpty else { throw ServiceError.pinned(pins) }
        return !holding.isEmpty
    }

    /// The same work with its images ready for the engines that can do it.
    private func prepared<Work: ExchangeWork>(
        _ work: Work,
        for target: ModelTarget,
        call: Call
    ) async throws -> (Work, ModelTarget) {
        guard let images = self.images, self.takesTime(work) else { return (work, target) }
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
            let place = try LastingPlace(ticket, in: self.parts.admission, clock: self.parts.clock) {
                [resolver = self.resolver, images = self.images] in
                let engines = await resolver.engines(having: target.name)
                return images?.able(engines, model: target.name, after: report) ?? engines
            }
            try request.waits(in: place)
            let start = ExchangeStart(wish, model: target.name, request: request, parts: self.parts)
            let first = PlaceInLine(place) { slot in
                try await start.go(on: slot, after: ExchangeStart.Trail(ticket: ticket))
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
        let place = SharedPlace(sharer: sharer, arrival: self.parts.clock.now, clock: self.parts.clock)
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
                clock: self.parts.clock
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
            runner: self.parts.directory.scheduledName(of: target.name),
            engines: target.engines,
            isBackground: call.isBackground,
            waitingBytes: call.bodyBytes,
            // Nobody has counted them yet; four bytes a token is near enough for a place in line.
            promptTokens: LimitKeeper.Estimate.tokens(ofBytes: promptBytes) + (call.entry.images?.tokens ?? 0),
            maxTokens: work.options.maxTokens.map { $0 * (work.options.choices ?? 1) },
            deadline: call.deadline
        )
    }
}
