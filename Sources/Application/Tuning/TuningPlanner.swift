public import Domain

/// Decides how Ollama is to be started on a machine.
///
/// Pure: the same machine, models and wishes give the same plan. docs/tuning.md explains the arithmetic.
public struct TuningPlanner: Sendable {
    /// One way to run the models.
    struct Candidate: Hashable {
        let loaded: Int
        let context: Int
        let parallel: Int
        let cacheType: KVCacheType
    }

    let machine: Machine
    let wish: TuningWish
    let user: UserVariables
    let memory: ModelMemory

    /// Prepares to plan.
    public init(machine: Machine, wish: TuningWish) {
        self.machine = machine
        self.wish = wish
        self.user = UserVariables(wish.environment)
        self.memory = ModelMemory(of: machine, gpuReserve: self.user.positive(.gpuOverhead) ?? ModelMemory.gpuReserve)
    }

    /// The best plan that fits.
    ///
    /// What is given up, first to last, until the models fit: the precision of the cache (`q8_0`), then by turns context and
    /// requests at once, then models loaded at once. What somebody has set is not given up.
    ///
    /// - Throws: ``TuningRefusal`` with the nearest plan that can be had, if what somebody has set does not fit, or nothing
    ///   does.
    public func plan() throws(TuningRefusal) -> TuningPlan {
        guard !self.wish.models.isEmpty else { return self.blindPlan }
        if let candidate = self.candidates(isFree: false).first(where: { self.fits($0, in: self.memory) }) {
            return self.plan(candidate, in: self.memory)
        }
        let nearest = self.candidates(isFree: true).first { self.fits($0, in: self.memory) }
            .map { self.plan($0, in: self.memory, ignoresUser: true) }
        throw TuningRefusal(reason: self.refusal, nearest: nearest ?? self.mixedPlan)
    }

    /// The plan by which an engine is started in any case: the best that fits, or what comes nearest to it, with what is
    /// wrong among its warnings.
    public func bestPlan() -> TuningPlan {
        do {
            return try self.plan()
        } catch {
            // What the user has set counts even if it does not fit: Ollama then moves layers to the processor, or refuses.
            let candidate = self.candidates(isFree: false).last ?? self.smallest
            return self.plan(candidate, in: self.memory, warnings: [error.reason])
        }
    }

    // MARK: Candidates

    /// The ways to run the models, best first.
    ///
    /// `isFree`: whether what somebody has set may be lowered too, starting from there.
    func candidates(isFree: Bool) -> [Candidate] {
        let shapes = self.shapes(isFree: isFree)
        let types = self.cacheTypes
        return self.loadedCounts(isFree: isFree).flatMap { loaded in
            // Rather one model after the other than contexts into which nothing goes.
            let least = loaded > 1 ? min(Self.comfortableContext, shapes.first?.context ?? 0) : 0
            return shapes.filter { $0.context >= least }.flatMap { shape in
                types.map { type in
                    Candidate(loaded: loaded, context: shape.context, parallel: shape.parallel, cacheType: type)
                }
            }
        }
    }

    /// Contexts and requests at once, best first: by turns the context and the requests are halved, the context no further
    /// than is comfortable as long as there are several requests.
    private func shapes(isFree: Bool) -> [(context: Int, parallel: Int)] {
        let mayShorten = self.fixedContext == nil || isFree
        let mayNarrow = self.fixedParallel == nil || isFree
        let wishes = self.wish.profile?.wishes
        var context = self.fixedContext?.value ?? wishes?.context ?? self.usualContext
        var parallel = self.fixedParallel?.value ?? wishes?.parallel ?? self.usualParallel
        var shapes = [(context: context, parallel: parallel)]
        var isContextsTurn = true
        while true {
            let canNarrow = mayNarrow && parallel > 1
            let least = canNarrow ? Self.comfortableContext : Self.leastContext
            let canShorten = mayShorten && context / 2 >= least
            guard canShorten || canNarrow else { return shapes }
            if canShorten, isContextsTurn || !canNarrow { context /= 2 } else { parallel /= 2 }
            isContextsTurn.toggle()
            shapes.append((context, parallel))
        }
    }

    static let comfortableContext = 8192
    static let leastContext = 2048

    private var smallest: Candidate {
        Candidate(loaded: 1, context: Self.leastContext, parallel: 1, cacheType: .q8)
    }

    var fixedContext: TuningWish.Fixed<Int>? { self.wish.context ?? self.fixed(.contextLength) }
    var fixedParallel: TuningWish.Fixed<Int>? { self.wish.parallel ?? self.fixed(.numParallel) }
    var fixedLoaded: TuningWish.Fixed<Int>? { self.wish.maxLoadedModels ?? self.fixed(.maxLoadedModels) }

    private func fixed(_ variable: EngineVariable) -> TuningWish.Fixed<Int>? {
        self.user.positive(variable).map { TuningWish.Fixed($0, by: variable.rawValue) }
    }

    private func loadedCounts(isFree: Bool) -> [Int] {
        if let fixed = self.fixedLoaded, !isFree { return [fixed.value] }
        let first = self.fixedLoaded?.value ?? self.wish.profile?.wishes.maxLoadedModels
        let most = first ?? min(self.wish.models.count, self.ownMaximum)
        return Array((1...max(1, most)).reversed())
    }

    private var cacheTypes: [KVCacheType] {
        if let type = self.user.cacheType { return [type] }
        // Without flash attention a quantized cache is none.
        if self.user.flashAttention == false { return [.f16] }
        guard let wished = self.wish.profile?.wishes.cacheType else { return [.f16, .q8] }
        return [wished]
    }

    // MARK: What a machine usually gets

    /// How many models Ollama loads at once if nobody says anything.
    ///
    /// Source: Ollama's FAQ, `OLLAMA_MAX_LOADED_MODELS`.
    var ownMaximum: Int { 3 * max(1, self.machine.gpus.count) }

    /// The context to begin with, by GPU memory.
    ///
    /// The steps are Ollama's own (docs/context-length.mdx): below 24 GiB 4k, from there 32k, from 48 GiB on 256k. Below
    /// we begin with 8k, above with 64k, which Ollama's page says agents need: 256k are used by hardly anybody and paid
    /// by everybody.
    private var usualContext: Int {
        switch self.machine.hasGPU ? self.machine.gpuMemoryBytes : 0 {
        // Cards of 24 and 48 GB show a little less.
        case ..<(22 * Int.gibibyte): 8192
        case ..<(44 * Int.gibibyte): 32_768
        default: 65_536
        }
    }

    /// The requests at once to begin with.
    ///
    /// A processor gains little by several: one for each eight cores, at most 2.
    private var usualParallel: Int {
        guard self.machine.hasGPU else { return self.machine.cores >= 16 ? 2 : 1 }
        switch self.machine.gpuMemoryBytes {
        case ..<(11 * Int.gibibyte): return 2
        case ..<(44 * Int.gibibyte): return 4
        default: return 8
        }
    }

    // MARK: Fitting

    /// What the models take under a candidate, the largest first.
    func costs(_ candidate: Candidate, onGPU: Bool) -> [TuningPlan.Cost] {
        self.wish.models.map { model in
            TuningPlan.Cost(
                model: model,
                context: model.context(candidate.context),
                parallel: model.parallel(candidate.parallel),
                weightBytes: model.weightBytes,
                cacheBytes: model.cacheBytes(
                    context: candidate.context,
                    parallel: candidate.parallel,
                    type: candidate.cacheType
                ),
                runnerBytes: ModelFootprint.overheadBytes(onGPU: onGPU)
            )
        }
        .sorted { $0.totalBytes > $1.totalBytes }
    }

    /// Whether the largest models that may be loaded at once are in memory together.
    func fits(_ candidate: Candidate, in memory: ModelMemory) -> Bool {
        let sizes = self.costs(candidate, onGPU: memory.isOnGPU).map(\.totalBytes)
        return memory.holds(Array(sizes.prefix(candidate.loaded)))
    }

    /// The smallest way to run the models partly on the processor, if even the smallest does not fit into the GPUs.
    private var mixedPlan: TuningPlan? {
        let reserve = self.memory.reserveBytes
        guard let mixed = ModelMemory.mixed(self.machine, gpuReserve: reserve) else { return nil }
        let candidates = self.candidates(isFree: true).filter { $0.loaded == 1 }
        guard let candidate = candidates.last(where: { self.fits($0, in: mixed) }) else { return nil }
        let warning = "What does not fit into the GPU is computed by the processor, many times slower."
        return self.plan(candidate, in: mixed, ignoresUser: true, warnings: [warning])
    }

    private var refusal: String {
        let first = self.candidates(isFree: false).first ?? self.smallest
        let costs = self.costs(first, onGPU: self.memory.isOnGPU)
        let needed = costs.prefix(first.loaded).reduce(0) { $0 + $1.totalBytes }
        let smallest = self.candidates(isFree: false).last ?? first
        let least = self.costs(smallest, onGPU: self.memory.isOnGPU).prefix(smallest.loaded)
            .reduce(0) { $0 + $1.totalBytes }
        let names = costs.prefix(smallest.loaded).map { "'\($0.model.name)'" }.joined(separator: ", ")
        var text = "\(names) would take \(needed.inGibibytes)"
        if least < needed { text += ", at the very least \(least.inGibibytes)" }
        text +=
            ", and there \(self.memory.pools.count == 1 ? "is" : "are") \(self.memory.totalBytes.inGibibytes) for models"
        let fixed = [
            self.fixedContext.map { "a context of \($0.value) (\($0.origin))" },
            self.fixedParallel.map { "\($0.value) request\($0.value == 1 ? "" : "s") at once (\($0.origin))" },
            self.fixedLoaded.map { "\($0.value) model\($0.value == 1 ? "" : "s") loaded at once (\($0.origin))" },
        ].compactMap { $0 }
        if !fixed.isEmpty { text += "; asked for: \(fixed.joined(separator: ", "))" }
        return text + "."
    }
}
