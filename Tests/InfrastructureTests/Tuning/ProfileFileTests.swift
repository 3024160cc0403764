import Application
import Domain
import Infrastructure
import Testing

@Suite("The files with profiles and machines")
struct ProfileFileTests {
    private func problems(_ yaml: String) -> [String] {
        do {
            _ = try ProfileFile.parse(yaml, path: "p.yaml")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test("Every key reaches the profile")
    func everyKey() throws {
        let profiles = try ProfileFile.parse(
            """
            profiles:
              - name: one
                match: { architectures: [aarch64, x86_64], min_ram_gb: 8, max_ram_gb: 15.5, min_gpu_gb: 6 }
                models: { text: a, vision: b, embedding: c }
                required: [a]
                warm_up: [a, d]
                memory_hints:
                  - { model: a, gb: 2.5, layers: 4, kv_heads: 2, head_length: 64, context: 4096 }
                  - { model: c, gb: 0.3 }
                defaults: { context: 2048, parallel: 3, max_loaded_models: 2, kv_cache_type: q8_0, keep_alive: 10m }
            """,
            path: "p.yaml"
        )
        let profile = try #require(profiles.first)
        #expect(profile.match.architectures == ["arm64", "x86_64"])
        #expect(profile.match.minRAM == 8 && profile.match.maxRAM == 15.5 && profile.match.minGPU == 6)
        #expect(profile.allModels.map(\.spelling) == ["a", "b", "c", "d"])
        #expect(profile.models[.vision]?.name.spelling == "b")
        #expect(profile.required.map(\.spelling) == ["a"])
        #expect(profile.warmUp.map(\.spelling) == ["a", "d"])
        #expect(profile.memoryHints.first?.shape == .init(layers: 4, keyValueHeadsPerLayer: 2, headLength: 64))
        #expect(profile.footprints.map(\.weightBytes) == [2_500_000_000, 300_000_000])
        #expect(profile.footprints.map(\.isEmbedding) == [false, true])
        #expect(profile.wishes.context == 2048 && profile.wishes.parallel == 3 && profile.wishes.maxLoadedModels == 2)
        #expect(profile.wishes.cacheType == .q8 && profile.wishes.keepAlive == .duration("10m"))
    }

    @Test(
        "What is wrong is told with its key and line",
        arguments: [
            ("profiles: [{}]", "name"),
            ("profiles: [{ name: 'a b' }]", "profiles.0.name"),
            ("profiles: [{ name: a }, { name: a }]", "two profiles 'a'"),
            ("profiles: [{ name: a, modles: {} }]", "Did you mean 'models'"),
            ("profiles: [{ name: a, match: { min_ram_gb: 9, max_ram_gb: 8 } }]", "less than min_ram_gb"),
            ("profiles: [{ name: a, memory_hints: [{ model: m }] }]", "gb"),
            ("profiles: [{ name: a, memory_hints: [{ model: m, gb: 1, layers: 3 }] }]", "belong together"),
            ("profiles: [{ name: a, defaults: { kv_cache_type: q5 } }]", "q8_0"),
            ("profiles: [{ name: a, warm_up: ['a b'] }]", "not a model name"),
        ]
    )
    func wrong(yaml: String, expected: String) {
        let problems = self.problems(yaml)
        #expect(problems.contains { $0.contains(expected) }, "\(problems)")
    }

    @Test("A file that nobody names may be absent; one that somebody names may not")
    func absent() throws {
        let empty = try ProfileFile.load(nil) { path throws(ConfigurationFile.ReadError) in nil }
        #expect(empty.isEmpty)
        #expect(throws: ConfigurationError.self) {
            try ProfileFile.load("x.yaml") { path throws(ConfigurationFile.ReadError) in nil }
        }
    }

    /// The examples in config/machines, the profile that each gets, and what its largest model may not exceed.
    private static let machines: [(name: String, profile: String, memory: Int)] = [
        ("laptop", "small", 15_864), ("nvidia-8", "gpu-8", 8188), ("nvidia-24", "gpu-24", 24_564),
        ("nvidia-48", "gpu-48", 49_140), ("nvidia-80", "gpu-80", 81_559), ("two-gpus", "gpu-48", 49_128),
        ("amd-24", "gpu-24", 24_560), ("apple-16", "gpu-8", 10_923), ("apple-64", "gpu-48", 49_152),
        ("container-4", "tiny", 4096),
    ]

    @Test("Each example of a machine gets the profile for its size, and a plan that fits", arguments: Self.machines)
    func examples(name: String, profile: String, memory: Int) throws {
        let machine = try MachineFile.load("\(Repository.path)/config/machines/\(name).yaml")
        let profiles = try ProfileFile.load("\(Repository.path)/config/model-profiles.yaml")
        let choice = try ProfileChoice(of: profiles, for: machine)
        let chosen = try #require(choice.profile)
        #expect(chosen.name == profile)
        let wish = TuningWish(
            models: chosen.footprints,
            profile: chosen,
            keepAlive: .init(.seconds(300), by: "the test")
        )
        let plan = try TuningPlanner(machine: machine, wish: wish).plan()
        #expect(plan.fits)
        // Counted anew: weights, keys and values of every layer, and the runner.
        var sizes: [Int] = []
        for hint in chosen.memoryHints {
            let isEmbedding = hint.shape == nil
            let tokens = min(hint.trainedContext ?? .max, plan.context ?? 0) * plan.parallel
            let elements = hint.shape.map { $0.keyValueHeads * $0.keyLength * 2 } ?? 0
            let cache = isEmbedding ? 0 : elements * tokens / 32 * plan.cacheType.bytesPerBlock
            sizes.append(Int(hint.gigabytes * 1e9) + cache + (machine.hasGPU ? 640 : 256) * 1_048_576)
        }
        sizes.sort(by: >)
        #expect(sizes.prefix(plan.maxLoadedModels).reduce(0, +) <= memory * 1_048_576)
        #expect(plan.neededBytes == sizes.prefix(plan.maxLoadedModels).reduce(0, +))
    }

    @Test("Every profile has a hint for each of its models")
    func hints() throws {
        for profile in try ProfileFile.load("\(Repository.path)/config/model-profiles.yaml") {
            #expect(profile.footprints.map(\.name) == profile.allModels, "\(profile.name)")
        }
    }

    @Test("A machine that is described wrongly is told what is wrong")
    func wrongMachine() {
        let error = #expect(throws: ConfigurationError.self) {
            try MachineFile.parse("cores: 0\nunified: true\ngpus: [{ memory_mib: 5 }]\n", path: "m.yaml")
        }
        #expect(error?.problems.count == 3)
    }
}
