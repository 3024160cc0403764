public import Domain
import Synchronization

/// One request that an engine is busy with: what breakers and watchdog know of it.
///
/// It ends once: with a whole answer, with an error, or without a verdict when it is dropped.
final class EngineAttempt: Sendable {
    /// A reference that does not keep the request alive.
    struct Weak: Sendable {
        weak let attempt: EngineAttempt?
    }

    private struct State {
        var isOver = false
        var cancel: (@Sendable (ServiceError) -> Void)?
    }

    /// The engine.
    let engine: EngineName
    /// The model, by the name under which it is scheduled.
    let model: ModelName
    /// When the request was sent.
    let began: MonotonicInstant
    let number: Int
    private let passes: BreakerBoard.Passes
    private let directory: EngineDirectory
    private let state = Mutex(State())
    private let lastWord: Atomic<Int64>
    private let isAnswered = Atomic<Bool>(false)

    init(
        _ model: ModelName,
        on engine: EngineName,
        number: Int,
        passes: BreakerBoard.Passes,
        directory: EngineDirectory
    ) {
        self.model = model
        self.engine = engine
        self.number = number
        self.passes = passes
        self.directory = directory
        self.began = directory.clock.now
        self.lastWord = Atomic(self.began.nanoseconds)
    }

    deinit {
        guard !self.state.withLock(\.isOver) else { return }
        self.directory.ended(self.number, self.pair, wasSilent: false) { [model, engine, passes] breakers, now in
            breakers.abandoned(passes, model, on: engine, at: now)
        }
    }

    /// When the engine last said something for this request; at first when it was sent.
    var lastWordAt: MonotonicInstant { MonotonicInstant(nanoseconds: self.lastWord.load(ordering: .relaxed)) }

    /// Whether the engine has said something for this request.
    var hasAnswered: Bool { self.isAnswered.load(ordering: .relaxed) }

    /// How to end the request from elsewhere.
    func onCancel(_ cancel: @escaping @Sendable (ServiceError) -> Void) {
        self.state.withLock { $0.cancel = cancel }
    }

    /// Ends the request from elsewhere; whoever waits for it gets the error.
    func cancel(_ error: ServiceError) {
        let cancel = self.state.withLock { $0.isOver ? nil : $0.cancel }
        cancel?(error)
    }

    /// The engine has said something.
    func answered() {
        self.lastWord.store(self.directory.clock.now.nanoseconds, ordering: .relaxed)
        // Said with every token: only the first one changes it.
        guard !self.hasAnswered, !self.isAnswered.exchange(true, ordering: .relaxed) else { return }
        self.directory.judge { $0.breakers.answered(self.passes, self.model, on: self.engine) }
    }

    /// The whole answer is here.
    func succeeded() {
        guard self.end() else { return }
        self.directory.ended(self.number, self.pair, wasSilent: false) { breakers, _ in
            breakers.succeeded(self.passes, self.model, on: self.engine)
        }
    }

    /// The request has failed; whether that counts, its blame says.
    func failed(_ error: ServiceError) {
        guard self.end() else { return }
        let wasSilent = error.code == .engineTimeout && !self.hasAnswered
        self.directory.ended(self.number, self.pair, wasSilent: wasSilent) { breakers, now in
            breakers.failed(error, self.passes, self.model, on: self.engine, at: now)
        }
    }

    private var pair: Watchdog.Pair { Watchdog.Pair(engine: self.engine, model: self.model) }

    private func end() -> Bool {
        self.state.withLock { state in
            defer {
                state.isOver = true
                state.cancel = nil
            }
            return !state.isOver
        }
    }
}

extension EngineDirectory {
    /// Lets a request go to an engine, unless a breaker says no.
    ///
    /// - Returns: what the engine's answer is to be told to.
    /// - Throws: ``ServiceError`` `engine_unavailable` or `model_unavailable`, with blame.
    func begin(_ model: ModelName, on engine: EngineName) throws -> EngineAttempt {
        try self.judge { state in
            let canonical = state.aliases.canonical(model)
            let passes = try state.breakers.pass(canonical, on: engine, at: self.clock.now)
            state.attemptsBegun += 1
            let attempt = EngineAttempt(
                canonical,
                on: engine,
                number: state.attemptsBegun,
                passes: passes,
                directory: self
            )
            state.attempts[attempt.number] = EngineAttempt.Weak(attempt: attempt)
            state.watchdog.sent(Watchdog.Pair(engine: engine, model: canonical), at: attempt.began)
            return attempt
        }
    }

    /// The requests that engines are busy with.
    var attempts: [EngineAttempt] {
        self.state.withLock { $0.attempts.values.compactMap(\.attempt) }
    }

    /// Why a model cannot run on any engine that has it, where breakers are the reason.
    ///
    /// Where some engine could run it, there is none.
    public func refusal(of model: ModelName) -> ServiceError? {
        let now = self.clock.now
        let (breakers, aliases) = self.state.withLock { ($0.breakers, $0.aliases) }
        let having = self.engines.filter { $0.state == .up && $0.has(model) }
        let refusals = having.map {
            breakers.refusal(of: aliases.canonical(model), on: $0.client.identity.name, at: now)
        }
        guard !refusals.isEmpty, !refusals.contains(where: { $0 == nil }) else { return nil }
        // Whoever may be asked first says when to come again.
        return refusals.compactMap { $0 }.min { ($0.retryAfter ?? .zero) < ($1.retryAfter ?? .zero) }
    }

    /// How an engine's breaker is.
    public func breaker(of engine: EngineName) -> BreakerState {
        self.state.withLock { $0.breakers.state(of: engine, at: self.clock.now) }
    }

    fileprivate func ended(
        _ number: Int,
        _ pair: Watchdog.Pair,
        wasSilent: Bool,
        _ verdict: (inout BreakerBoard, MonotonicInstant) -> Void
    ) {
        self.judge { state in
            state.attempts[number] = nil
            state.watchdog.ended(pair, wasSilent: wasSilent)
            verdict(&state.breakers, self.clock.now)
        }
    }
}
