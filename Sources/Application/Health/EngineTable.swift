import Domain

/// The engines by name, as they were last seen.
///
/// What every request asks is read in its place: an engine with all that it says of itself is much to be copied.
struct EngineTable: Sendable {
    /// Is never changed, but replaced.
    private final class Entry: Sendable {
        let engine: EngineDirectory.Engine

        init(_ engine: EngineDirectory.Engine) {
            self.engine = engine
        }
    }

    private var entries: [EngineName: Entry] = [:]

    subscript(name: EngineName) -> EngineDirectory.Engine? {
        get { self.entries[name]?.engine }
        set { self.entries[name] = newValue.map(Entry.init) }
    }

    /// Reads of an engine what is asked for; nil if there is none of the name.
    func read<Result>(_ name: EngineName, _ body: (borrowing EngineDirectory.Engine) -> Result?) -> Result? {
        guard let entry = self.entries[name] else { return nil }
        return body(entry.engine)
    }

    /// Takes an engine out; false if there is none of the name.
    mutating func remove(_ name: EngineName) -> Bool {
        self.entries.removeValue(forKey: name) != nil
    }
}

/// What a request has to know of the engine that it goes to.
struct EngineSeat: Sendable {
    /// How to talk to it.
    let client: any EngineClient
    /// What it calls the model.
    let modelName: String
    /// The model in its memory, if it is there.
    let resident: LoadedModel?
    /// Whether requests have to say that the model is to stay.
    let stays: Bool
}

extension EngineDirectory.State {
    /// How well an engine suits a model: 0 is best; nil if it does not answer, or does not have it.
    func rank(of name: EngineName, for model: ModelName, _ canonical: ModelName) -> Int? {
        self.engines.read(name) { engine in
            guard engine.state == .up, let report = engine.report, report.has(model) else { return nil }
            let isLoaded = report.loaded.contains { $0.name == model || self.aliases.canonical($0.name) == canonical }
            return (isLoaded ? 0 : 1) + (engine.client.identity.isBundled ? 2 : 0)
        }
    }

    /// A model in an engine's memory, which may be there under another name of the same weights.
    func residentModel(_ model: ModelName, on name: EngineName) -> LoadedModel? {
        self.engines.read(name) { engine in
            guard let loaded = engine.report?.loaded else { return nil }
            if let known = loaded.first(where: { $0.name == model }) { return known }
            let canonical = self.aliases.canonical(model)
            return loaded.first { self.aliases.canonical($0.name) == canonical }
        }
    }

    /// Whether requests for a model have to say that it is to stay on an engine.
    func stays(_ model: ModelName, on name: EngineName) -> Bool {
        guard !self.pins.isEmpty, let index = self.index(of: model, on: name) else { return false }
        return self.pins[name]?[index].isLeaving == false
    }
}

extension EngineReport {
    fileprivate func has(_ model: ModelName) -> Bool { self.models.contains { $0.name == model } }
}
