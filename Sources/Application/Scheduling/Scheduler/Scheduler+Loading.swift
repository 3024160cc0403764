import Domain

/// Whether an engine may take a model in.
private enum Offer {
    case never
    case later(MonotonicInstant)
    case now(rank: Int, victim: ModelName?)
}

/// In which classes somebody wants a model on an engine.
private struct Claim {
    /// The most urgent class of which a ticket waits.
    var own: RequestClass
    /// The most urgent class in which one competes, aged ones included.
    var level: RequestClass
    /// When the oldest ticket came.
    var oldest: MonotonicInstant
    /// Whether all tickets are held back by the limits of their projects.
    var isHeld: Bool
}

extension Scheduler {
    // MARK: Who looks

    /// Looks for engines that can load a line's model, if the line is worth it.
    mutating func seekEngine(for id: LineID) {
        guard let info = self.lines.slots[id]?.info else { return }
        if self.transitions > 0 {
            for index in info.engines where self.engines[index].transition?.draining != nil { self.review(index) }
        }
        while self.canGrow(id), let line = self.lines.slots[id], self.isHungry(line, id) {
            var best: (index: EngineIndex, rank: Int, victim: ModelName?)?
            for index in line.engines {
                switch self.offer(index, id) {
                case .never: continue
                case .later(let instant): self.reviewLater(index, instant)
                case .now(let rank, let victim):
                    let isBetter =
                        best.map { ($0.rank, self.engines[$0.index].load) > (rank, self.engines[index].load) } ?? true
                    if isBetter { best = (index, rank, victim) }
                }
            }
            guard let best, best.rank <= 1 || self.isHungry(line, id, for: 1) else { return }
            self.begin(line.model, on: best.index, victim: best.victim)
        }
    }

    /// Looks whether an engine should change its models.
    mutating func review(_ index: EngineIndex) {
        guard self.engines[index].isUp else { return }
        if self.engines[index].transition != nil { return self.reviewDrain(index) }
        self.agenda.remove(.review(index))
        self.dropOldBlocks(index)
        guard !self.bringBackPinned(index) else { return }
        var best: (line: LineID, victim: ModelName?, claim: Claim)?
        for id in self.lineOrder {
            guard let info = self.lines.slots[id]?.info, info.engineSet.contains(index),
                self.engines[index].resident(info.model) == nil, let line = self.lines.slots[id],
                let claim = self.claim(on: index, line.model), self.isHungry(line, id)
            else { continue }
            switch self.offer(index, id) {
            case .never: continue
            case .later(let instant): self.reviewLater(index, instant)
            case .now(let rank, let victim):
                guard rank <= 1 || self.isHungry(line, id, for: 1) else { continue }
                if best.map({ Scheduler.goesBefore(claim, $0.claim) }) ?? true { best = (id, victim, claim) }
            }
        }
        guard let best, let model = self.lines.slots[best.line]?.model else { return }
        self.begin(model, on: index, victim: best.victim)
    }

    /// Goes on with a drain, or gives it up if nobody wants the model any more or more urgent work wants the old one.
    private mutating func reviewDrain(_ index: EngineIndex) {
        guard let transition = self.engines[index].transition, let victim = transition.draining else { return }
        guard self.isWorthDraining(victim, for: transition.incoming, on: index) else {
            self.changeSlots(of: index) { engine in
                engine.transition = nil
                if let place = engine.resident(victim) { engine.residents[place].isDraining = false }
            }
            self.transitions -= 1
            self.actions.append(.resume(victim, self.engines[index].name))
            return self.mark(index)
        }
        guard self.engines[index].running(victim) == 0 else { return }
        self.engines[index].transition?.phase = .unloading(victim)
        self.expectAnswer(index)
        self.actions.append(.unload(victim, self.engines[index].name))
    }

    /// Whether a drain should go on.
    private mutating func isWorthDraining(
        _ victim: ModelName,
        for incoming: ModelName,
        on index: EngineIndex
    ) -> Bool {
        let engine = self.engines[index]
        guard !engine.pinned.contains(victim), !engine.bars(incoming) else { return false }
        guard !engine.pinned.contains(incoming) else { return true }
        guard let claim = self.claim(on: index, incoming) else { return false }
        guard let rival = self.claim(on: index, victim), !rival.isHeld else { return true }
        return !Scheduler.outranks(rival, claim)
    }

    /// Loads a pinned model that is not there: at once, for its place is its own.
    ///
    /// - Returns: whether the engine has something to do for it now.
    private mutating func bringBackPinned(_ index: EngineIndex) -> Bool {
        guard !self.engines[index].pinned.isEmpty else { return false }
        let engine = self.engines[index]
        for model in engine.absentPins where engine.slots(of: model) > 0 {
            if let until = engine.blocked[model], until > self.now {
                self.reviewLater(index, until)
                continue
            }
            let victim = engine.hasPlace(for: model) ? nil : engine.easiestVictim
            guard victim != nil || engine.hasPlace(for: model) else { continue }
            self.begin(model, on: index, victim: victim)
            // Those who wait for the victim may have nowhere else to go.
            if let victim { self.refuseUnavailable(victim) }
            return true
        }
        return false
    }

    private mutating func begin(_ model: ModelName, on index: EngineIndex, victim: ModelName?) {
        self.agenda.remove(.review(index))
        self.transitions += 1
        let name = self.engines[index].name
        self.changeSlots(of: index) { [now] engine in
            let phase = victim.map { Transition.Phase.draining($0) } ?? .loading
            engine.transition = Transition(incoming: model, decided: now, phase: phase)
            if let place = victim.flatMap({ engine.resident($0) }) { engine.residents[place].isDraining = true }
        }
        guard let victim else {
            self.expectAnswer(index)
            return self.actions.append(.load(model, name))
        }
        self.causes.note(.modelSwap)
        self.actions.append(.drain(victim, name, for: model))
        self.reviewDrain(index)
    }

    /// An engine that never says that it has loaded or unloaded what it was to is taken at its silence in the end.
    mutating func expectAnswer(_ index: EngineIndex) {
        self.agenda.set(.overdue(index), to: self.now.advanced(by: self.settings.changeLimit))
    }

    // MARK: Whether

    /// What an engine says to taking in the model of a line.
    private mutating func offer(_ index: EngineIndex, _ id: LineID) -> Offer {
        let engine = self.engines[index]
        guard let line = self.lines.slots[id], engine.isUp, engine.transition == nil, engine.slots(of: line.model) > 0,
            engine.resident(line.model) == nil, !engine.bars(line.model),
            let claim = self.claim(on: index, line.model)
        else { return .never }
        if let until = engine.blocked[line.model], until > self.now { return .later(until) }
        // A ticket that its project holds back makes no hurry, but it may not be forgotten either.
        let patient = claim.oldest.advanced(by: self.settings.patience)
        if claim.isHeld, patient > self.now { return .later(patient) }
        if engine.hasPlace(for: line.model) { return .now(rank: 0, victim: nil) }
        var best: (rank: Int, resident: Resident)?
        var later: MonotonicInstant?
        for resident in engine.residents where !resident.isDraining && !engine.pinned.contains(resident.model) {
            switch self.offer(of: resident, index, to: claim, id) {
            case .never: continue
            case .later(let instant): later = min(later ?? instant, instant)
            case .now(let rank, _):
                let isBetter = best.map { (rank, resident.lastUsed) < ($0.rank, $0.resident.lastUsed) } ?? true
                if isBetter { best = (rank, resident) }
            }
        }
        if let best { return .now(rank: best.rank, victim: best.resident.model) }
        return later.map { .later($0) } ?? .never
    }

    /// Whether one loaded model may go for a claim.
    private mutating func offer(
        of resident: Resident,
        _ index: EngineIndex,
        to claim: Claim,
        _ id: LineID
    ) -> Offer {
        guard let rival = self.claim(on: index, resident.model), !rival.isHeld else {
            return .now(rank: self.engines[index].running(resident.model) == 0 ? 1 : 2, victim: resident.model)
        }
        if Scheduler.outranks(rival, claim) { return .never }
        if !claim.isHeld, Scheduler.outranks(claim, rival) { return .now(rank: 3, victim: resident.model) }
        // Patience covers the load, as far as that leaves the loaded model half of it.
        let model = self.lines.slots[id]?.model ?? resident.model
        let lead = min(.seconds(self.speeds.load(of: model)), self.settings.patience / 2)
        let since = max(claim.oldest, resident.since)
        var due = since.advanced(by: self.settings.patience - lead)
        let early = since.advanced(by: self.settings.patience / 4)
        if early <= self.now, self.isFarBehind(id, resident.model, min(claim.own, rival.own)) { due = early }
        return due <= self.now ? .now(rank: 4, victim: resident.model) : .later(due)
    }

    /// Whether a line's next flow has been given so much less than those of the loaded model that its turn comes early:
    /// else phases of equal length would make shares equal whatever the weights are.
    private func isFarBehind(_ id: LineID, _ loaded: ModelName, _ level: RequestClass) -> Bool {
        guard let mine = self.lines.slots[id]?.turns[level].first, let own = self.shares.flows.slots[mine.id.number]
        else {
            return false
        }
        let tag = mine.key.tag + self.lead(of: id, level)
        var gap = -Double.infinity
        for other in self.models[loaded]?.lines ?? [] {
            guard let turn = self.lines.slots[other]?.turns[level].first,
                let flow = self.shares.flows.slots[turn.id.number]
            else { continue }
            gap = max(gap, (turn.key.tag + self.lead(of: other, level) - tag) * max(flow.weight, own.weight))
        }
        return gap >= self.settings.patience.inSeconds
    }

    private func lead(of line: LineID, _ level: RequestClass) -> Double {
        self.lines.slots[line].flatMap { self.shares.contests.slots[$0.contest]?.lead[level] } ?? 0
    }

    /// A place that nobody uses is taken when what waits lasts a fourth of the load, one in use only when it lasts longer.
    static let cheapPlace = 4.0

    /// Whether a line's model should have more slots than it has.
    private mutating func isHungry(_ line: Line, _ id: LineID, for ease: Double = cheapPlace) -> Bool {
        guard line.supply > 0, !self.isTooLong(id, for: ease) else { return true }
        guard let oldest = self.lines.slots[id]?.all.first(in: self.waiting)?.arrival else { return false }
        let limit = max(self.settings.patience, .seconds(self.speeds.load(of: line.model)))
        let due = oldest.advanced(by: limit)
        if due > self.now, let free = line.engines.first(where: { self.engines[$0].transition == nil }) {
            self.reviewLater(free, due)
        }
        return due <= self.now
    }

    /// Whether what waits for a model takes its slots longer than a load on one engine more.
    func isTooLong(_ id: LineID, for ease: Double, without cost: Double = 0) -> Bool {
        guard let line = self.lines.slots[id], line.supply > 0 else { return false }
        return (line.cost - cost) * line.ablePart / Double(line.supply) * ease > self.speeds.load(of: line.model)
    }

    // MARK: Claims

    private mutating func claim(_ id: LineID) -> Claim? {
        guard let oldest = self.lines.slots[id]?.all.first(in: self.waiting), let line = self.lines.slots[id] else {
            return nil
        }
        if let own = line.nativeClass, let level = line.level {
            return Claim(own: own, level: level, oldest: oldest.arrival, isHeld: false)
        }
        return Claim(
            own: oldest.ticket.requestClass,
            level: self.level(of: oldest),
            oldest: oldest.arrival,
            isHeld: true
        )
    }

    /// The claims of all lines of a model that may use an engine.
    private mutating func claim(on index: EngineIndex, _ model: ModelName) -> Claim? {
        var all: Claim?
        for id in self.models[model]?.lines ?? [] {
            guard self.lines.slots[id]?.mayUse(index) ?? false, let claim = self.claim(id) else { continue }
            guard let other = all, other.isHeld == claim.isHeld else {
                if all?.isHeld ?? true { all = claim }
                continue
            }
            all?.own = min(other.own, claim.own)
            all?.level = min(other.level, claim.level)
            all?.oldest = min(other.oldest, claim.oldest)
        }
        return all
    }

    /// Whether one claim goes before another by class alone.
    private static func outranks(_ claim: Claim, _ other: Claim) -> Bool {
        let level = min(claim.own, other.own)
        return claim.level <= level && other.level > level
    }

    private static func goesBefore(_ claim: Claim, _ other: Claim) -> Bool {
        if claim.isHeld != other.isHeld { return other.isHeld }
        if self.outranks(claim, other) { return true }
        return !self.outranks(other, claim) && claim.oldest < other.oldest
    }

    private mutating func reviewLater(_ index: EngineIndex, _ instant: MonotonicInstant) {
        if let planned = self.agenda.key(of: .review(index)), planned <= instant { return }
        self.agenda.set(.review(index), to: instant)
    }

    private mutating func dropOldBlocks(_ index: EngineIndex) {
        guard !self.engines[index].blocked.isEmpty else { return }
        self.engines[index].blocked = self.engines[index].blocked.filter { $0.value > self.now }
        if let next = self.engines[index].blocked.values.min() { self.reviewLater(index, next) }
    }
}

extension Line {
    /// The part of its flows that compete: tickets that a project's own limit holds back do not run sooner anywhere.
    @inline(__always)
    fileprivate var ablePart: Double {
        let able = self.natives[.interactive] + self.natives[.normal] + self.natives[.batch]
        return Double(able) / Double(max(1, self.flows.count))
    }
}
