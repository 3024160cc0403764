import Domain

extension TuningPlanner {
    /// The plan of a candidate.
    ///
    /// - Parameters:
    ///   - candidate: the way to run the models.
    ///   - memory: where they are to be.
    ///   - ignoresUser: whether the plan is one for which the user would have to take back what he has set.
    ///   - warnings: what is known to be wrong with it.
    /// - Returns: the plan, with a reason for each setting.
    func plan(
        _ candidate: Candidate,
        in memory: ModelMemory,
        ignoresUser: Bool = false,
        warnings: [String] = []
    ) -> TuningPlan {
        let costs = self.costs(candidate, onGPU: memory.isOnGPU)
        let reasons = SettingReasons(planner: self, candidate: candidate, memory: memory, ignoresUser: ignoresUser)
        return TuningPlan(
            machine: self.machine,
            memory: memory,
            parallel: candidate.parallel,
            maxLoadedModels: candidate.loaded,
            context: candidate.context,
            cacheType: candidate.cacheType,
            settings: reasons.settings,
            costs: costs,
            warnings: warnings + self.modelWarnings(candidate),
            fits: memory.place != .mixed && self.fits(candidate, in: memory)
        )
    }

    /// The plan for models of which nothing is known: Ollama's own values, said aloud.
    var blindPlan: TuningPlan {
        let candidate = Candidate(
            loaded: self.fixedLoaded?.value ?? self.ownMaximum,
            context: 0,
            parallel: self.fixedParallel?.value ?? 1,
            cacheType: self.user.cacheType ?? .f16
        )
        let reasons = SettingReasons(planner: self, candidate: candidate, memory: self.memory, ignoresUser: false)
        return TuningPlan(
            machine: self.machine,
            memory: self.memory,
            parallel: candidate.parallel,
            maxLoadedModels: candidate.loaded,
            context: self.fixedContext?.value,
            cacheType: candidate.cacheType,
            settings: reasons.settings,
            costs: [],
            warnings: ["No model is known, so nothing can be said of what fits."],
            fits: true
        )
    }

    private func modelWarnings(_ candidate: Candidate) -> [String] {
        self.wish.models.compactMap { model in
            if candidate.parallel > 1, model.runsOneAtATime {
                return "'\(model.name)' runs one request at a time in Ollama, whatever OLLAMA_NUM_PARALLEL says."
            }
            if let trained = model.trainedContext, trained < candidate.context, !model.isEmbedding {
                return "'\(model.name)' was trained for a context of \(trained) and gets no more."
            }
            if model.shape == nil, !model.isEmbedding {
                return "What the cache of '\(model.name)' takes is an estimate: its shape is not known."
            }
            return nil
        }
    }
}

/// Says of each variable what it is to be, and why.
struct SettingReasons {
    let planner: TuningPlanner
    let candidate: TuningPlanner.Candidate
    let memory: ModelMemory
    let ignoresUser: Bool

    private var isBlind: Bool { self.planner.wish.models.isEmpty }

    var settings: [TuningPlan.Setting] {
        [
            self.host, self.parallel, self.loaded, self.context, self.flash, self.cache, self.keepAlive, self.queue,
            self.loadTimeout,
        ] + self.ofGPUs
    }

    private func setting(
        _ variable: EngineVariable,
        _ value: String?,
        _ reason: String,
        mayBeUsers: Bool = true
    ) -> TuningPlan.Setting {
        if mayBeUsers, !self.ignoresUser, let users = self.planner.user[variable] {
            return .init(variable: variable, value: users, reason: "It is set in the environment.", isUsers: true)
        }
        return .init(variable: variable, value: value, reason: reason, isUsers: false)
    }

    private var host: TuningPlan.Setting {
        // The address was chosen by the same variable; what is missing in it is added.
        self.setting(
            .host,
            self.planner.wish.host,
            "The engine is reached through this service, and from this machine alone.",
            mayBeUsers: false
        )
    }

    private var parallel: TuningPlan.Setting {
        let value = self.candidate.parallel
        let reason: String
        if let fixed = self.planner.wish.parallel, fixed.value == value {
            reason = "\(fixed.origin) says so."
        } else if self.isBlind {
            reason = "Ollama's own value: without knowing the models nothing else is safe."
        } else if self.planner.wish.profile?.wishes.parallel == value {
            reason = "The profile wishes it, and it fits: each model runs so many requests at once."
        } else if !self.planner.machine.hasGPU {
            reason = "Without a GPU several requests at once hardly give more tokens a second."
        } else {
            reason = "So many requests of one model at once fit into \(self.memory.totalBytes.inGibibytes)."
        }
        return self.setting(.numParallel, String(value), reason, mayBeUsers: self.planner.wish.parallel == nil)
    }

    private var loaded: TuningPlan.Setting {
        let value = self.candidate.loaded
        let reason: String
        if let fixed = self.planner.wish.maxLoadedModels, fixed.value == value {
            reason = "\(fixed.origin) says so."
        } else if self.isBlind {
            reason = "Ollama's own value: three for each GPU, or three."
        } else {
            let names = self.planner.costs(self.candidate, onGPU: self.memory.isOnGPU).prefix(value)
                .map { "'\($0.model.name)'" }.joined(separator: ", ")
            reason = value == 1 ? "Only one at a time is safe: the largest is \(names)." : "\(names) fit together."
        }
        return self.setting(
            .maxLoadedModels,
            String(value),
            reason,
            mayBeUsers: self.planner.wish.maxLoadedModels == nil
        )
    }

    private var context: TuningPlan.Setting {
        let value = self.candidate.context
        let reason: String
        if let fixed = self.planner.wish.context, fixed.value == value {
            reason = "\(fixed.origin) says so."
        } else if self.isBlind {
            return self.setting(.contextLength, nil, "Left to Ollama, which goes by the memory of its GPUs.")
        } else if self.planner.wish.profile?.wishes.context == value {
            reason = "The profile wishes it, and it fits."
        } else {
            reason =
                "The longest that fits for \(self.candidate.parallel) at once; one reload less for each request "
                + "that asks for no context of its own."
        }
        return self.setting(.contextLength, String(value), reason, mayBeUsers: self.planner.wish.context == nil)
    }

    private var flash: TuningPlan.Setting {
        if self.candidate.cacheType.needsFlashAttention {
            return self.setting(.flashAttention, "1", "A quantized cache works only with it.")
        }
        return self.setting(
            .flashAttention,
            nil,
            "Left to Ollama, which turns it on where the GPU and the model can do it."
        )
    }

    private var cache: TuningPlan.Setting {
        let type = self.candidate.cacheType
        let reason =
            type == .f16
            ? "The full precision fits."
            : "It takes \(type.bytesPerBlock) bytes where f16 takes 64; without it requests or context would be fewer."
        return self.setting(.kvCacheType, type.rawValue, reason)
    }

    private var keepAlive: TuningPlan.Setting {
        let wish = self.planner.wish.keepAlive
        return self.setting(.keepAlive, wish.value.text, "\(wish.origin) says so.")
    }

    private var queue: TuningPlan.Setting {
        let slots = self.candidate.parallel * self.candidate.loaded
        return self.setting(
            .maxQueue,
            String(max(512, slots)),
            "Ollama's own value. Requests wait in this service: the engine never has more than \(slots)."
        )
    }

    private var loadTimeout: TuningPlan.Setting {
        let seconds = Int(self.planner.wish.loadTimeout.inWholeSeconds)
        return self.setting(
            .loadTimeout,
            "\(max(1, seconds))s",
            "timeouts.load_seconds: the engine does not give up a load before this service does."
        )
    }

    private var ofGPUs: [TuningPlan.Setting] {
        guard !self.planner.machine.gpus.isEmpty else { return [] }
        let overhead = self.setting(
            .gpuOverhead,
            String(ModelMemory.gpuReserve),
            "Room in each GPU for the driver and a desktop."
        )
        guard self.planner.machine.gpus.count > 1 else { return [overhead] }
        let spread = self.setting(
            .schedSpread,
            "0",
            "A model that fits into one GPU is faster there; one that does not is spread anyhow."
        )
        return [spread, overhead]
    }
}

extension KeepAlive {
    /// The time in Ollama's words.
    fileprivate var text: String {
        switch self {
        case .seconds(let seconds): Int(exactly: seconds).map { "\($0)s" } ?? "\(seconds)s"
        case .duration(let text): text
        }
    }
}

extension Duration {
    fileprivate var inWholeSeconds: Int64 { self.components.seconds }
}
