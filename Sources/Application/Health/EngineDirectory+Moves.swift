import Domain

/// A load or an unload that we have begun at an engine.
struct ModelMove: Sendable {
    let model: ModelName
    /// The engine as it was at the beginning.
    let engine: EngineDirectory.Engine
    /// The name under which the model is scheduled by whoever asked for the move, whatever it is called by now.
    fileprivate let scheduled: ModelName

    fileprivate var name: EngineName { self.engine.client.identity.name }

    /// How a load or an unload has ended.
    enum Ending {
        case loaded(took: Duration?, context: Int?)
        case loadFailed(ServiceError)
        case unloaded
        case unloadFailed
    }
}

extension EngineDirectory {
    /// We begin to load or to unload a model: until ``endMove(_:_:)`` what probes say of it does not count, for an engine
    /// lists a model already while it loads.
    ///
    /// - Returns: what to end; nil if there is no such engine.
    func beginMove(of model: ModelName, as runner: ModelName, on name: EngineName) -> ModelMove? {
        self.change { state in
            guard let engine = state.engines[name] else { return nil }
            state.engines[name]?.moves.begin(model)
            return ModelMove(model: model, engine: engine, scheduled: runner)
        }
    }

    /// We have loaded a model, have unloaded it, or could not do so.
    ///
    /// An engine that was replaced meanwhile has not been asked. One that went down and came back knows what it has, but a
    /// failure from before says nothing of what it can do now, and nobody waits for it any more.
    func endMove(_ move: ModelMove, _ ending: ModelMove.Ending) {
        self.change { state in
            guard var engine = state.engines[move.name],
                engine.moves.registration == move.engine.moves.registration
            else { return }
            engine.moves.end(move.model)
            let isPast = engine.absences != move.engine.absences
            switch ending {
            case .loaded(let took, let context): state.loaded(move, on: &engine, took, context, at: self.clock.now)
            case .unloaded:
                let aliases = state.aliases
                let canonical = aliases.canonical(move.model)
                engine.report?.loaded.removeAll { aliases.canonical($0.name) == canonical }
            case .loadFailed(.engineUnreachable) where !isPast: engine.suspect()
            case .loadFailed(let error) where !isPast:
                if error.blame != .engine {
                    state.breakers.cannotLoad(error, move.scheduled, on: move.name, at: self.clock.now)
                }
                if engine.told != nil { state.outbox.add([.loadFailed(move.scheduled, move.name, error)]) }
            case .unloadFailed where !isPast:
                // Whoever waits for the end of it must not wait for ever: what is true now is told anew.
                if engine.told.take() != nil {
                    engine.absences += 1
                    state.outbox.add([.down(move.name)])
                }
            case .loadFailed, .unloadFailed: break
            }
            state.engines[move.name] = engine
        }
    }
}

extension EngineDirectory.State {
    fileprivate mutating func loaded(
        _ move: ModelMove,
        on engine: inout EngineDirectory.Engine,
        _ took: Duration?,
        _ context: Int?,
        at now: MonotonicInstant
    ) {
        self.breakers.loaded(move.scheduled, on: move.name)
        self.watchdog.loaded(move.scheduled, on: move.name, at: now)
        engine.noteLoaded(move.model, context: context)
        // Told here and not as a difference, for only here it is known how long it took; under the name that it was asked
        // for by, for whoever asked waits for that. If it has another by now, that follows as a difference.
        guard engine.told?.loaded.contains(move.scheduled) == false else { return }
        engine.told?.loaded.append(move.scheduled)
        self.outbox.add([.loaded(move.scheduled, move.name, took: took)])
    }
}
