import Application
import Domain
import TestSupport
import Testing

@Suite("Finding a model")
struct ModelResolverTests {
    private func resolver(_ bench: Bench, _ defaults: ModelDefaults = ModelDefaults()) -> ModelResolver {
        ModelResolver(directory: bench.directory, monitor: bench.monitor, defaults: defaults)
    }

    @Test("A spelling without a tag finds the model with the tag latest, and keeps the caller's spelling")
    func canonicalName() async throws {
        let engine = ScriptedEngine()
        engine.answers(try Bench.report(["smollm2:latest"]))
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let target = try await self.resolver(bench).resolve(ModelName("SmolLM2"), role: .text)
            #expect(target.name.spelling == "SmolLM2")
            #expect(target.engines == [EngineName("local")])
        }
    }

    @Test("Without a name, the configured model comes before the loaded one")
    func configuredDefault() async throws {
        let engine = ScriptedEngine()
        engine.answers(try Bench.report(["a", "bb"]))
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let defaults = ModelDefaults([.text: try ModelName("bb")])
            let found1 = try await self.resolver(bench, defaults).resolve(nil, role: .text)
            #expect(found1.name.canonical == "bb:latest")
            let found2 = try await self.resolver(bench).resolve(nil, role: .text)
            #expect(found2.name.canonical == "a:latest")
        }
    }

    @Test("Predecessor 15: a text route without a model gets the profile's text model, not its vision model")
    func profileDefault() async throws {
        let engine = ScriptedEngine()
        engine.answers(try Bench.report(["loaded", "sees", "writes"]))
        let bench = Bench([engine])
        let profile = ModelDefaults([
            .text: try ModelName("writes"), .vision: try ModelName("sees"), .embedding: try ModelName("absent"),
        ])
        try await bench.whileMonitoring {
            let resolver = ModelResolver(
                directory: bench.directory,
                monitor: bench.monitor,
                defaults: ModelDefaults(),
                profile: profile
            )
            let found11 = try await resolver.resolve(nil, role: .text)
            #expect(found11.name.canonical == "writes:latest")
            let found12 = try await resolver.resolve(nil, role: .vision)
            #expect(found12.name.canonical == "sees:latest")
            // A profile's model that no engine has forbids nothing.
            await #expect(throws: ServiceError.self) { try await resolver.resolve(nil, role: .embedding) }
            let found13 = try await resolver.resolve(ModelName("loaded"), role: .text)
            #expect(found13.name.canonical == "loaded:latest")
        }
    }

    @Test("The configured model comes before the profile's, and a profile's model that no engine has is passed over")
    func configuredBeforeProfile() async throws {
        let engine = ScriptedEngine()
        engine.answers(try Bench.report(["a", "bb"]))
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            func found(_ defaults: [ModelRole: ModelName], _ profile: ModelName) async throws -> String {
                try await ModelResolver(
                    directory: bench.directory,
                    monitor: bench.monitor,
                    defaults: ModelDefaults(defaults),
                    profile: ModelDefaults([.text: profile])
                ).resolve(nil, role: .text).name.canonical
            }
            let found14 = try await found([.text: ModelName("a")], ModelName("bb"))
            #expect(found14 == "a:latest")
            let found15 = try await found([:], ModelName("absent"))
            #expect(found15 == "a:latest")
        }
    }

    @Test("Without a name and with nothing loaded, the model that changed last is taken")
    func newestDefault() async throws {
        let engine = ScriptedEngine()
        engine.answers(try Bench.report(["a", "bb"], loaded: 0))
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let found3 = try await self.resolver(bench).resolve(nil, role: .text)
            #expect(found3.name.canonical == "bb:latest")
        }
    }

    @Test("The bundled model is the default only where no other engine has one")
    func bundledIsLast() async throws {
        let bundled = ScriptedEngine(name: "bundled", isBundled: true)
        bundled.answers(try Bench.report(["tiny"]))
        let engine = ScriptedEngine()
        engine.answers(try Bench.report(["big"], loaded: 0))
        let bench = Bench([bundled, engine])
        try await bench.whileMonitoring {
            let found4 = try await self.resolver(bench).resolve(nil, role: .text)
            #expect(found4.name.canonical == "big:latest")
        }
    }

    @Test("A model that appeared after the last look is found at once")
    func looksAgain() async throws {
        let engine = ScriptedEngine()
        engine.answers(try Bench.report(["a"]))
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            bench.clock.advance(by: .milliseconds(300))
            engine.answers(try Bench.report(["a", "new"]))
            let found5 = try await self.resolver(bench).resolve(ModelName("new"), role: .text)
            #expect(found5.name.canonical == "new:latest")
        }
    }

    @Test("An engine that was down at the start is used as soon as it answers")
    func comesUpLater() async throws {
        let engine = ScriptedEngine()
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            let down = await #expect(throws: ServiceError.self) {
                _ = try await self.resolver(bench).resolve(ModelName("a"), role: .text)
            }
            #expect(down?.code == .engineUnavailable)
            engine.answers(try Bench.report(["a"]))
            bench.clock.advance(by: .milliseconds(300))
            let found6 = try await self.resolver(bench).resolve(ModelName("a"), role: .text)
            #expect(found6.engines.count == 1)
        }
    }

    @Test("A model that nobody has is refused with the command that fetches it")
    func notFound() async throws {
        let engine = ScriptedEngine()
        engine.answers(try Bench.report(["a"]))
        let bench = Bench([engine])
        try await bench.whileMonitoring {
            bench.clock.advance(by: .milliseconds(300))
            let error = await #expect(throws: ServiceError.self) {
                _ = try await self.resolver(bench).resolve(ModelName("nope:7b"), role: .text)
            }
            #expect(error?.code == .modelNotFound)
            #expect(error?.message.contains("ollama pull nope:7b") == true)
            #expect(error?.isRetryable == false)
        }
    }
}
