import Domain

/// When an engine counts as wedged, and what is done about it.
public struct WatchdogSettings: Sendable, Equatable {
    /// How long a model's requests may go without a word while nothing changes at the engine.
    public var noProgress: Duration
    /// How long a resident model may take to answer with one token.
    public var canary: Duration
    /// Whether an engine that we run is started again.
    public var restart: Bool

    /// Creates settings; without more they are the documented defaults.
    public init(noProgress: Duration = .seconds(120), canary: Duration = .seconds(20), restart: Bool = true) {
        self.noProgress = noProgress
        self.canary = canary
        self.restart = restart
    }
}

/// Finds out which engines are wedged: their lists look healthy, and their generations hang.
///
/// For each model on an engine it knows since when its requests have waited without a word. What is too long is a
/// suspicion only: a model that appeared in the engine's list of loaded models after its request was sent is loading,
/// and has the deadline of loads; and every change of that list is progress. A suspicion is put to the proof by asking a
/// model that is loaded for one token: if it answers, it is the loads that are wedged, else the whole engine.
///
/// A value without a clock: the instant comes with each call.
struct Watchdog: Sendable {
    /// A model on an engine.
    struct Pair: Sendable, NumberKey {
        let engine: EngineName
        let model: ModelName

        var keyNumber: Int { self.engine.keyNumber &* 31 &+ self.model.keyNumber }
    }

    /// What is to be done about a suspicion.
    enum Verdict: Sendable, Equatable {
        /// A loaded model is to be asked for one token.
        case ask(ModelName, because: ModelName)
        /// The engine is wedged: nothing is loaded that could be asked.
        case wedged(because: ModelName)
    }

    private struct Wait {
        /// Since when nothing has been heard.
        var since: MonotonicInstant
        var open: Int
    }

    private struct List {
        /// The models that the engine lists as loaded, and since when each is there.
        var names: [ModelName: MonotonicInstant]
        var changed: MonotonicInstant
    }

    let settings: WatchdogSettings
    private var waits: [Pair: Wait] = [:]
    private var lists: [EngineName: List] = [:]

    init(_ settings: WatchdogSettings) {
        self.settings = settings
    }

    /// How many models are waited for.
    var waitedFor: Int { self.waits.count }

    // MARK: What happens

    /// A request was sent, or a load asked for.
    mutating func sent(_ pair: Pair, at now: MonotonicInstant) {
        self.waits[pair, default: Wait(since: now, open: 0)].open += 1
    }

    /// Something was heard for a request of the pair.
    mutating func heard(_ pair: Pair, at instant: MonotonicInstant) {
        guard let wait = self.waits[pair], wait.since < instant else { return }
        self.waits[pair]?.since = instant
    }

    /// A request has ended.
    ///
    /// `wasSilent`: nothing was heard until its deadline. So the wait goes on in the next one; a caller that left
    /// proves nothing.
    mutating func ended(_ pair: Pair, wasSilent: Bool) {
        guard var wait = self.waits[pair] else { return }
        wait.open -= 1
        self.waits[pair] = wait.open > 0 || wasSilent ? wait : nil
    }

    /// The engine has said which models it has loaded, those included that it is loading.
    mutating func listed(_ names: Set<ModelName>, on engine: EngineName, at now: MonotonicInstant) {
        guard let list = self.lists[engine] else {
            self.lists[engine] = List(names: Dictionary(names.map { ($0, now) }) { $1 }, changed: now)
            return
        }
        guard Set(list.names.keys) != names else { return }
        self.lists[engine] = List(
            names: Dictionary(names.map { ($0, list.names[$0] ?? now) }) { $1 },
            changed: now
        )
    }

    /// A model is loaded, as we know before the engine has listed it: what is sent from now on is not what loads it.
    mutating func loaded(_ model: ModelName, on engine: EngineName, at now: MonotonicInstant) {
        guard let list = self.lists[engine], list.names[model] == nil else { return }
        self.lists[engine]?.names[model] = now
        self.lists[engine]?.changed = now
    }

    /// The engine is another process now, or does not answer at all: nothing that was holds any more.
    mutating func forget(_ engine: EngineName) {
        self.lists[engine] = nil
        for (pair, wait) in self.waits where pair.engine == engine && wait.open == 0 { self.waits[pair] = nil }
    }

    /// Starts the waits of an engine anew, for what held them up is over.
    mutating func calm(_ engine: EngineName, at now: MonotonicInstant) {
        for (pair, wait) in self.waits where pair.engine == engine {
            if wait.open == 0 { self.waits[pair] = nil } else { self.waits[pair]?.since = now }
        }
    }

    // MARK: What follows

    /// Looks at an engine; nil if nothing is wrong as far as one can tell.
    func look(at engine: EngineName, _ now: MonotonicInstant) -> Verdict? {
        guard let list = self.lists[engine] else { return nil }
        let stuck = self.waits.filter { pair, wait in
            guard pair.engine == engine else { return false }
            // What appeared after the request was sent is loading, and falls under the deadline of loads.
            if let appeared = list.names[pair.model], appeared > wait.since { return false }
            return max(wait.since, list.changed).advanced(by: self.settings.noProgress) <= now
        }
        guard
            let worst = stuck.min(by: {
                ($0.value.since, $0.key.model.canonical) < ($1.value.since, $1.key.model.canonical)
            })
        else { return nil }
        // Another than the one that hangs tells more: if it answers, only loads do not.
        let others = list.names.keys.filter { $0 != worst.key.model }.sorted { $0.canonical < $1.canonical }
        let asked = others.first ?? list.names.keys.first
        return asked.map { .ask($0, because: worst.key.model) } ?? .wedged(because: worst.key.model)
    }
}
