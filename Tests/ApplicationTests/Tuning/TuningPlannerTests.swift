import Application
import Domain
import Testing

@Suite("Planning how an engine is started")
struct TuningPlannerTests {
    private let llama8 = ModelFootprint.Shape(layers: 32, keyValueHeadsPerLayer: 8, headLength: 128)

    private func model(_ name: String, gigabytes: Double, _ shape: ModelFootprint.Shape? = nil) throws -> ModelFootprint
    {
        ModelFootprint(
            name: try ModelName(name),
            weightBytes: Int(gigabytes * 1_000_000_000),
            shape: shape ?? self.llama8,
            trainedContext: 131_072,
            source: "test"
        )
    }

    private func machine(memory: Int = 64, gpus: [Int] = [], cores: Int = 8) -> Machine {
        Machine(
            architecture: "x86_64",
            cores: cores,
            memoryBytes: memory * .gibibyte,
            gpus: gpus.map { .init(vendor: .nvidia, name: "g", memoryBytes: $0 * .gibibyte) }
        )
    }

    private func wish(_ models: [ModelFootprint], environment: [String: String] = [:]) -> TuningWish {
        TuningWish(models: models, keepAlive: .init(.seconds(300), by: "the test"), environment: environment)
    }

    private func value(_ plan: TuningPlan, _ variable: EngineVariable) -> String? {
        plan.settings.first { $0.variable == variable }?.value
    }

    @Test("Predecessor 20: only variables that today's Ollama reads are set, each with its reason")
    func knownVariables() throws {
        // Source: Ollama, envconfig/config.go.
        let known: Set = [
            "OLLAMA_HOST", "OLLAMA_MODELS", "OLLAMA_KEEP_ALIVE", "OLLAMA_CONTEXT_LENGTH", "OLLAMA_NUM_PARALLEL",
            "OLLAMA_MAX_LOADED_MODELS", "OLLAMA_MAX_QUEUE", "OLLAMA_LOAD_TIMEOUT", "OLLAMA_FLASH_ATTENTION",
            "OLLAMA_KV_CACHE_TYPE", "OLLAMA_SCHED_SPREAD", "OLLAMA_GPU_OVERHEAD",
        ]
        for machine in [self.machine(), self.machine(gpus: [8]), self.machine(gpus: [24, 24])] {
            let plan = try TuningPlanner(machine: machine, wish: self.wish([self.model("a", gigabytes: 4.9)])).plan()
            #expect(Set(plan.environment.keys).isSubset(of: known))
            #expect(plan.settings.allSatisfy { $0.reason.hasSuffix(".") && $0.reason.count > 10 })
            #expect(plan.environment["OLLAMA_HOST"] == "127.0.0.1:11434")
        }
    }

    @Test("Predecessor 22: requests of a model and models loaded at once are two numbers")
    func twoNumbers() throws {
        let models = try [self.model("a", gigabytes: 4.9), self.model("b", gigabytes: 4.9)]
        let plan = try TuningPlanner(machine: self.machine(gpus: [24]), wish: self.wish(models)).plan()
        #expect(plan.parallel == 4)
        #expect(plan.maxLoadedModels == 2)
        #expect(self.value(plan, .numParallel) == String(plan.parallel))
        #expect(self.value(plan, .maxLoadedModels) == "2")
        var one = self.wish(models)
        one.maxLoadedModels = .init(1, by: "engines.0.max_loaded_models")
        let narrow = try TuningPlanner(machine: self.machine(gpus: [24]), wish: one).plan()
        #expect(self.value(narrow, .maxLoadedModels) == "1")
        #expect(narrow.parallel == 4)
        #expect((narrow.context ?? 0) > (plan.context ?? 0), "what the second model would take is context now")
    }

    @Test("On 8 GiB an 8B model has two requests of 8k: 4.56 of weights, 2 of cache, 0.62 of runner, of 7.5")
    func arithmetic() throws {
        let wish = try self.wish([self.model("a", gigabytes: 4.9)])
        let plan = try TuningPlanner(machine: self.machine(gpus: [8]), wish: wish).plan()
        #expect(plan.context == 8192 && plan.parallel == 2 && plan.cacheType == .f16)
        let cost = try #require(plan.costs.first)
        #expect(cost.cacheBytes == 2 * .gibibyte)
        #expect(cost.totalBytes == 4_900_000_000 + 2_147_483_648 + 671_088_640)
        #expect(plan.memory.totalBytes == 8_053_063_680)
        #expect(plan.fits)
    }

    @Test("What does not fit gives up precision first, and says that this needs flash attention")
    func quantizes() throws {
        let wish = try self.wish([self.model("a", gigabytes: 5.5)])
        let plan = try TuningPlanner(machine: self.machine(gpus: [8]), wish: wish).plan()
        #expect(plan.cacheType == .q8 && plan.context == 8192 && plan.parallel == 2)
        #expect(self.value(plan, .flashAttention) == "1")
        #expect(self.value(plan, .kvCacheType) == "q8_0")
    }

    @Test("The user's own values win, are not set again, and the rest is planned around them")
    func users() throws {
        let environment = ["OLLAMA_NUM_PARALLEL": " '4' ", "OLLAMA_KEEP_ALIVE": "1h", "OLLAMA_FLASH_ATTENTION": "0"]
        let wish = try self.wish([self.model("a", gigabytes: 4.9)], environment: environment)
        let plan = try TuningPlanner(machine: self.machine(gpus: [12]), wish: wish).plan()
        #expect(plan.parallel == 4)
        #expect(plan.cacheType == .f16, "without flash attention a quantized cache is none")
        #expect(plan.environment["OLLAMA_NUM_PARALLEL"] == nil && plan.environment["OLLAMA_KEEP_ALIVE"] == nil)
        #expect(plan.settings.filter(\.isUsers).map(\.variable) == [.numParallel, .flashAttention, .keepAlive])
    }

    @Test("What Ollama would not understand counts as not set", arguments: ["many", "-1", "0", "''", ""])
    func nonsense(value: String) throws {
        let wish = try self.wish([self.model("a", gigabytes: 1)], environment: ["OLLAMA_NUM_PARALLEL": value])
        let plan = try TuningPlanner(machine: self.machine(gpus: [24]), wish: wish).plan()
        #expect(plan.parallel == 4)
    }

    @Test("The configuration counts before the environment")
    func configuration() throws {
        var wish = try self.wish([self.model("a", gigabytes: 1)], environment: ["OLLAMA_NUM_PARALLEL": "2"])
        wish.parallel = .init(3, by: "engines.0.parallel")
        let plan = try TuningPlanner(machine: self.machine(gpus: [24]), wish: wish).plan()
        #expect(plan.parallel == 3)
        #expect(plan.environment["OLLAMA_NUM_PARALLEL"] == "3")
    }

    @Test("What is asked for and does not fit is refused, with the nearest that does")
    func refuses() throws {
        var wish = try self.wish([self.model("a", gigabytes: 4.9)])
        wish.context = .init(65_536, by: "--context")
        wish.parallel = .init(4, by: "--parallel")
        let planner = TuningPlanner(machine: self.machine(gpus: [8]), wish: wish)
        let refusal = #expect(throws: TuningRefusal.self) { try planner.plan() }
        #expect(refusal?.reason.contains("a context of 65536 (--context), 4 requests at once (--parallel)") == true)
        let nearest = try #require(refusal?.nearest)
        #expect(nearest.fits && nearest.context == 16_384 && nearest.parallel == 2 && nearest.cacheType == .q8)
        // The engine is started all the same as it was wished for, and the service says that it is wrong.
        let best = planner.bestPlan()
        #expect(best.context == 65_536 && best.parallel == 4 && !best.fits)
        #expect(best.warnings.contains { $0.contains("--context") })
    }

    @Test("What fits into no GPU is refused with the plan in which the processor helps, if that is enough")
    func mixed() throws {
        let wish = try self.wish([self.model("a", gigabytes: 20)])
        let planner = TuningPlanner(machine: self.machine(gpus: [8]), wish: wish)
        let refusal = #expect(throws: TuningRefusal.self) { try planner.plan() }
        let nearest = try #require(refusal?.nearest)
        #expect(nearest.memory.place == .mixed && !nearest.fits && nearest.parallel == 1)
        #expect(nearest.warnings.contains { $0.contains("processor") })
        let hopeless = TuningPlanner(machine: self.machine(memory: 8, gpus: [8]), wish: wish)
        let second = #expect(throws: TuningRefusal.self) { try hopeless.plan() }
        #expect(second?.nearest == nil)
    }

    @Test("A model that fits into no single GPU is spread over all; one that would need more than all is refused")
    func twoGPUs() throws {
        let spread = try self.wish([self.model("a", gigabytes: 30)])
        let plan = try TuningPlanner(machine: self.machine(gpus: [24, 24]), wish: spread).plan()
        #expect(plan.fits && plan.maxLoadedModels == 1)
        #expect(self.value(plan, .schedSpread) == "0")
        let tooLarge = try self.wish([self.model("a", gigabytes: 50)])
        #expect(throws: TuningRefusal.self) {
            try TuningPlanner(machine: self.machine(memory: 4, gpus: [24, 24]), wish: tooLarge).plan()
        }
        // Two models of 18 GB are in memory at once, each in its GPU; three are not.
        let three = try ["a", "b", "c"].map { try self.model($0, gigabytes: 18) }
        let pair = try TuningPlanner(machine: self.machine(gpus: [24, 24]), wish: self.wish(three)).plan()
        #expect(pair.maxLoadedModels == 2)
    }

    @Test("A machine without a GPU keeps a fifth for others, a container half a gibibyte")
    func systemMemory() throws {
        let wish = try self.wish([self.model("a", gigabytes: 2)])
        let laptop = try TuningPlanner(machine: self.machine(memory: 16), wish: wish).plan()
        #expect(laptop.memory.place == .system && laptop.parallel == 1)
        #expect(laptop.memory.totalBytes == 16 * .gibibyte - 16 * .gibibyte / 5)
        var container = self.machine(memory: 4)
        container.memoryLimit = "limited by a test"
        let small = try TuningPlanner(machine: container, wish: wish).plan()
        #expect(small.memory.totalBytes == 4 * .gibibyte - 512 * .mebibyte)
    }

    @Test("Without a model that is known the plan is Ollama's own values")
    func blind() throws {
        let plan = try TuningPlanner(machine: self.machine(gpus: [24, 24]), wish: self.wish([])).plan()
        #expect(plan.parallel == 1 && plan.maxLoadedModels == 6 && plan.context == nil)
        #expect(self.value(plan, .contextLength) == nil)
    }

    @Test("Models that run one request at a time are said to, and count as such")
    func oneAtATime() throws {
        var model = try self.model("a", gigabytes: 4)
        model.runsOneAtATime = true
        let plan = try TuningPlanner(machine: self.machine(gpus: [24]), wish: self.wish([model])).plan()
        #expect(plan.costs.first?.parallel == 1)
        #expect(plan.warnings.contains { $0.contains("one request at a time") })
    }

    @Test("The profile's wishes are followed as far as they fit")
    func wishes() throws {
        var profile = ModelProfile(name: "p")
        profile.wishes.context = 16_384
        profile.wishes.parallel = 2
        profile.wishes.cacheType = .q4
        var wish = try self.wish([self.model("a", gigabytes: 4.9)])
        wish.profile = profile
        let large = try TuningPlanner(machine: self.machine(gpus: [24]), wish: wish).plan()
        #expect(large.context == 16_384 && large.parallel == 2 && large.cacheType == .q4)
        let small = try TuningPlanner(machine: self.machine(gpus: [6]), wish: wish).plan()
        #expect(small.fits && small.context == 8192 && small.parallel == 1)
    }

    @Test("Every plan for a random machine and random models fits by its own arithmetic, or is refused")
    func property() throws {
        var random = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: .min ... .max, using: &random)
        print("seed of the plans: \(seed)")
        var numbers = Numbers(state: seed)
        for _ in 0..<500 {
            let gpus = (0..<numbers.next(4)).map { _ in 4 + numbers.next(80) }
            let machine = self.machine(memory: 4 + numbers.next(200), gpus: gpus, cores: 1 + numbers.next(64))
            let models = try (0..<1 + numbers.next(4)).map { index in
                let shape = ModelFootprint.Shape(
                    layers: 1 + numbers.next(100),
                    keyValueHeadsPerLayer: 1 + numbers.next(16),
                    headLength: 32 * (1 + numbers.next(8))
                )
                return try self.model("m\(index)", gigabytes: 0.1 + Double(numbers.next(500)) / 10, shape)
            }
            guard let plan = try? TuningPlanner(machine: machine, wish: self.wish(models)).plan() else { continue }
            #expect(plan.fits)
            #expect(plan.neededBytes <= plan.memory.totalBytes)
            #expect(plan.parallel >= 1 && (plan.context ?? 0) >= 2048 && plan.maxLoadedModels >= 1)
        }
    }
}

/// A small generator whose run can be repeated.
private struct Numbers {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        self.state = self.state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((self.state >> 33) % UInt64(bound))
    }
}
