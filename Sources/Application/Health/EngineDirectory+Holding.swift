import Domain

extension EngineDirectory {
    /// Lets no request of a model start on an engine, until it is let go as often as it was held.
    ///
    /// `model`: by the name under which it is scheduled.
    func hold(_ model: ModelName, on engine: EngineName) {
        self.change { $0.engines[engine]?.held[model, default: 0] += 1 }
    }

    /// Ends a hold.
    func letGo(_ model: ModelName, on engine: EngineName) {
        self.change { state in
            guard let count = state.engines[engine]?.held[model] else { return }
            state.engines[engine]?.held[model] = count > 1 ? count - 1 : nil
        }
    }
}
