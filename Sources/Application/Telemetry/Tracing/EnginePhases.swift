import Domain

/// What an engine did in which part of a call.
///
/// How long it took is the engine's own word where it gives one; where it lies between begin, first piece and end is seen
/// from here. Nothing is told that neither shows.
struct EnginePhases {
    /// A part of a call.
    struct Phase {
        let name: String
        let start: MonotonicInstant
        let end: MonotonicInstant
        /// Whether the engine may have loaded the model in it, without saying for how long.
        var includesLoad = false
    }

    let start: MonotonicInstant
    /// When the engine first said something; nil if it did not.
    let began: MonotonicInstant?
    let end: MonotonicInstant
    /// Whether it tells its answer piece by piece.
    let tellsPieces: Bool
    let timings: EngineTimings?
    /// Whether it had to load the model.
    let isCold: Bool
    /// Where the request was when it ended in this call; nil if it went on after it.
    let lastPhase: RequestRecord.Phase?

    /// The parts, in order.
    var all: [Phase] {
        guard let began else { return self.unanswered }
        guard let timings = self.timings, let generation = timings.generation else {
            guard self.tellsPieces else { return [] }
            return [
                Phase(name: "prefill", start: self.start, end: began, includesLoad: self.isCold),
                Phase(name: "decode", start: began, end: self.end),
            ]
        }
        let load = self.isCold ? timings.load ?? .zero : .zero
        let loaded = self.inside(self.start.advanced(by: max(.zero, load)))
        // The first piece has been decoded when it comes; of a whole answer nothing is seen before its end.
        let latest = self.end.advanced(by: .zero - max(.zero, generation))
        let decoding = max(loaded, min(began, latest))
        var phases: [Phase] = []
        if self.isCold, timings.load != nil { phases.append(Phase(name: "load", start: self.start, end: loaded)) }
        if let prefill = timings.promptEvaluation {
            let begun = max(loaded, decoding.advanced(by: .zero - max(.zero, prefill)))
            phases.append(Phase(name: "prefill", start: begun, end: decoding))
        }
        let done = self.inside(decoding.advanced(by: max(.zero, generation)))
        phases.append(Phase(name: "decode", start: decoding, end: done))
        return phases
    }

    /// What was going on when it ended without a word.
    private var unanswered: [Phase] {
        guard self.tellsPieces, let lastPhase else { return [] }
        switch lastPhase {
        case .loading: return [Phase(name: "load", start: self.start, end: self.end)]
        case .prefill: return [Phase(name: "prefill", start: self.start, end: self.end, includesLoad: self.isCold)]
        case .reading, .queued, .decoding: return []
        }
    }

    private func inside(_ instant: MonotonicInstant) -> MonotonicInstant {
        min(max(instant, self.start), self.end)
    }
}
