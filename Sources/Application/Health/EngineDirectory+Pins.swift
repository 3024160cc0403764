import Domain
import Synchronization

/// A pin as the directory keeps it.
struct EnginePin: Sendable {
    /// The model, as whoever pinned it spelt it.
    let model: ModelName
    /// Whether it is about to be let go: it keeps its place, but requests no longer say that it is to stay.
    var isLeaving = false
}

extension EngineDirectory.State {
    /// The pinned models that an engine has, each by the name under which it is scheduled.
    func pinned(on engine: EngineDirectory.Engine) -> Set<ModelName> {
        guard let pins = self.pins[engine.client.identity.name] else { return [] }
        return Set(pins.lazy.map(\.model).filter(engine.has).map(self.aliases.canonical))
    }

    /// Where the pin of a model, or of another with its weights, stands on an engine.
    func index(of model: ModelName, on engine: EngineName) -> Int? {
        let canonical = self.aliases.canonical(model)
        return self.pins[engine]?.firstIndex { self.aliases.canonical($0.model) == canonical }
    }
}

extension EngineDirectory {
    /// Keeps a model on an engine, from now on and whenever the engine comes back, until it is let go.
    ///
    /// - Throws: ``ServiceError`` `conflict` where every place of the engine is kept for another model.
    func pin(_ model: ModelName, on name: EngineName) throws {
        try self.change { state in
            if let index = state.index(of: model, on: name) {
                state.pins[name]?[index].isLeaving = false
                return
            }
            guard state.mayPin(on: name) else { throw ServiceError.allPlacesPinned(on: [name]) }
            state.pins[name, default: []].append(EnginePin(model: model))
        }
    }

    /// Whether a model is pinned on an engine, or there is a place that could be kept for it.
    func mayPin(_ model: ModelName, on name: EngineName) -> Bool {
        self.state.withLock { $0.index(of: model, on: name) != nil || $0.mayPin(on: name) }
    }

    /// From now on requests for the model no longer say that it is to stay; it keeps its place until
    /// ``unpin(_:on:)``.
    func prepareToUnpin(_ model: ModelName, on name: EngineName) {
        self.state.withLock { state in
            if let index = state.index(of: model, on: name) { state.pins[name]?[index].isLeaving = true }
        }
    }

    /// Lets a model go that was about to be let go, unless somebody has pinned it again.
    ///
    /// It stays until its place is wanted or its time is over.
    func unpin(_ model: ModelName, on name: EngineName) {
        self.change { state in
            guard let index = state.index(of: model, on: name), state.pins[name]?[index].isLeaving ?? false
            else { return }
            state.pins[name]?.remove(at: index)
            if state.pins[name]?.isEmpty ?? false { state.pins[name] = nil }
        }
    }

    /// Takes back what was pinned before the service was started.
    func restore(_ pins: [ModelPin]) {
        self.change { state in
            for pin in pins where state.index(of: pin.model, on: pin.engine) == nil {
                state.pins[pin.engine, default: []].append(EnginePin(model: pin.model))
            }
        }
    }

    /// Whether a model is kept on an engine, by this name or another of the same weights.
    func isPinned(_ model: ModelName, on name: EngineName) -> Bool {
        self.state.withLock { state in
            guard !state.pins.isEmpty else { return false }
            return state.index(of: model, on: name) != nil
        }
    }

    /// Whether requests for a model have to say that it is to stay on an engine.
    func staysForEver(_ model: ModelName, on name: EngineName) -> Bool {
        self.state.withLock { $0.stays(model, on: name) }
    }

    /// The pins of a model, or of others with its weights, on all engines, also on those that are gone.
    func pins(of model: ModelName) -> [ModelPin] {
        self.state.withLock { state in
            state.pins.keys.sorted { $0.description < $1.description }.compactMap { engine in
                guard let index = state.index(of: model, on: engine) else { return nil }
                return state.pins[engine].map { ModelPin(model: $0[index].model, engine: engine) }
            }
        }
    }

    /// The name by which an engine is to be asked for a model: that of the pin, if one with its weights is pinned there.
    func nameToLoad(_ model: ModelName, on name: EngineName) -> ModelName {
        self.state.withLock { state in
            if let index = state.index(of: model, on: name), let pin = state.pins[name]?[index] { return pin.model }
            return model
        }
    }
}

extension EngineDirectory.State {
    /// Whether an engine has a place that is not kept for any model that it has.
    fileprivate func mayPin(on name: EngineName) -> Bool {
        guard let engine = self.engines[name] else { return false }
        return self.pinned(on: engine).count < engine.capacity.maxLoadedModels
    }
}

extension ServiceError {
    /// No place is left that could be kept for a model.
    static func allPlacesPinned(on engines: [EngineName]) -> ServiceError {
        let names = engines.map { "'\($0)'" }.joined(separator: ", ")
        return ServiceError(
            .conflict,
            "Every place for a model on \(names) is pinned to another model. Unpin one first: "
                + "DELETE /api/v1/models/{name}/pin.",
            isRetryable: false
        )
    }

    /// A model that is to stay cannot be taken away.
    static func pinned(_ pins: [ModelPin]) -> ServiceError {
        let engines = pins.map { "'\($0.engine)'" }.joined(separator: ", ")
        let name = pins.first?.model.spelling ?? ""
        return ServiceError(
            .conflict,
            "The model '\(name)' is pinned on \(engines). Unpin it first: DELETE /api/v1/models/\(name)/pin.",
            isRetryable: false
        )
    }
}
