public import Domain

extension EngineDirectory.Engine {
    /// How much the engine runs at once: what the configuration says, else what the engine says, else one request and
    /// one model.
    ///
    /// An OpenAI-compatible server has all that it lists in memory, and its slots are shared by all of it.
    var capacity: EngineCapacity {
        switch self.client.identity.kind {
        case .openAI:
            EngineCapacity(
                parallel: self.slots,
                maxLoadedModels: max(1, self.report?.models.count ?? 1, self.limits.maxLoadedModels ?? 1),
                total: self.limits.parallel == nil ? self.report?.slots : nil,
                weight: self.limits.weight
            )
        case .ollama:
            EngineCapacity(
                parallel: self.slots,
                maxLoadedModels: self.limits.maxLoadedModels ?? 1,
                weight: self.limits.weight
            )
        }
    }

    /// The models in memory, each by the name under which the scheduler knows its weights.
    func residents(_ aliases: ModelAliases) -> [ModelName] {
        var seen: Set<ModelName> = []
        return (self.report?.loaded ?? []).map { aliases.canonical($0.name) }.filter { seen.insert($0).inserted }
    }

    /// The models that run one request at a time here although the engine runs several of others.
    func singleSlotModels(_ aliases: ModelAliases) -> Set<ModelName> {
        guard self.client.identity.kind == .ollama, self.slots > 1 else { return [] }
        return Set((self.report?.models ?? []).filter(\.runsOneAtATime).map { aliases.canonical($0.name) })
    }
}

extension ModelInfo {
    /// Whether Ollama runs one request of the model at a time, whatever `OLLAMA_NUM_PARALLEL` says.
    ///
    /// Source: Ollama, `server/sched.go`.
    public var runsOneAtATime: Bool {
        let isEmbedding = self.capabilities.contains(.embedding) && !self.capabilities.contains(.completion)
        guard let family = self.family?.lowercased(), !isEmbedding else { return isEmbedding }
        return ModelInfo.singleRequestFamilies.contains(family) || family.hasPrefix("nemotron_h")
    }

    private static let singleRequestFamilies: Set<String> = [
        "mllama", "qwen3vl", "qwen3vlmoe", "qwen35", "qwen35moe", "qwen3next", "lfm2", "lfm2moe",
    ]
}

/// Which models have the same weights under several names, and so share one runner and its slots.
///
/// Names belong together if some engine says that they are the same, and none that they are not.
struct ModelAliases: Sendable, Equatable {
    private var names: [ModelName: ModelName] = [:]

    init() {}

    init(_ reports: [EngineReport]) {
        var groups: [[ModelName]] = []
        var digests: [[ModelName: String]] = []
        for report in reports {
            let known = report.models.compactMap { model in (model.weights ?? model.digest).map { (model.name, $0) } }
            digests.append(Dictionary(known) { first, _ in first })
            let byDigest = Dictionary(grouping: known, by: \.1).values.map { $0.map(\.0) }
            groups += byDigest.filter { $0.count > 1 }
        }
        for group in groups {
            let sorted = group.sorted { $0.canonical < $1.canonical }
            guard let first = sorted.first else { continue }
            for name in sorted.dropFirst() {
                let differ = digests.contains { engine in
                    if let own = engine[name], let other = engine[first] { own != other } else { false }
                }
                if !differ { self.names[name] = min(self.names[name] ?? first, first) }
            }
        }
    }

    /// The name that stands for all that have the weights; it keeps its spelling.
    func canonical(_ name: ModelName) -> ModelName {
        self.names[name] ?? name
    }
}

private func min(_ left: ModelName, _ right: ModelName) -> ModelName {
    left.canonical <= right.canonical ? left : right
}
