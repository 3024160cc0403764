import Application
import Domain
import Infrastructure
import NIOPosix
import ProcessManager

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What is tried on this machine, by the configuration and the command line.
struct TrialBench {
    /// The trials.
    let series: TrialSeries
    private let configuration: ServiceConfiguration
    private let factory: EngineFactory
    private let kind: TrialKind

    init(_ configuration: ServiceConfiguration, command: TuneCommand) async throws {
        let environment = ProcessCommand.inheritedEnvironment(home: configuration.dataDirectory)
        let binary = configuration.processManager.binary
        let ollama = ExecutableSearch.find(binary, environment: environment)
        let kind = command.engine ?? (ollama == nil ? .bundled : .ollama)
        let clock = SystemClock()
        let machine = await MachineReader(ollama: binary, environment: environment, clock: clock).read()
        let choice = try EngineTuning.choice(configuration, machine)
        self.configuration = configuration
        self.kind = kind
        self.factory = EngineFactory(
            configuration: configuration,
            eventLoops: MultiThreadedEventLoopGroup.singleton,
            counting: DeviceFiles()
        )
        let program = try Self.program(kind, ollama, configuration)
        var variables = environment
        var settings: [TrialSetting]
        switch kind {
        case .ollama:
            let wish = EngineTuning.wish(configuration, choice, environment, choice.profile?.footprints ?? [])
            let plan = TuningPlanner(machine: machine, wish: wish).bestPlan()
            variables.merge(plan.environment) { $1 }
            settings = TrialSettings(machine: machine, wish: wish, plan: plan).ollama
        case .bundled: settings = TrialSettings.bundled(cores: machine.cores)
        }
        if !command.tries.isEmpty {
            let present = settings[0]
            settings =
                [present]
                + command.tries.compactMap(VariableList.init).map {
                    TrialSetting(changes: $0.values, parallel: present.parallel)
                }
        }
        if let parallel = command.parallel {
            settings = settings.map { TrialSetting(changes: $0.changes, parallel: parallel) }
        }
        self.series = TrialSeries(
            settings: settings,
            models: try Self.models(command.models, kind, choice),
            rounds: command.rounds,
            tokens: command.tokens,
            engines: TrialProcesses(
                program,
                environment: variables,
                guardInvocation: GuardInvocation(executable: OwnBinary.path),
                clock: clock,
                makeClient: { [factory = self.factory] in factory.localClient(identity: $0, url: $1) }
            ),
            clock: clock,
            ids: RandomIDGenerator()
        )
    }

    /// Fails if an Ollama serves already: the two would share the machine, and the figures would be those of neither.
    func refuseIfServed() async throws {
        guard self.kind == .ollama, let engine = self.configuration.engines.first(where: { $0.kind == .ollama }) else {
            return
        }
        guard (try? await self.factory.client(for: engine).probe()) != nil else { return }
        throw ServiceError(
            .conflict,
            "An Ollama answers at \(engine.url) and would share the machine with the one that is tried: stop it, and the service, "
                + "first."
        )
    }

    private static func program(
        _ kind: TrialKind,
        _ ollama: String?,
        _ configuration: ServiceConfiguration
    ) throws -> TrialProcesses.Program {
        switch kind {
        case .ollama:
            if let ollama { return .ollama(ollama) }
            throw ServiceError(
                .notFound,
                "There is no program '\(configuration.processManager.binary)' on this machine (process_manager.binary)."
            )
        case .bundled:
            if let engine = BundledEngine.locate(in: configuration.dataDirectory) { return .bundled(engine) }
            throw ServiceError(
                .notFound,
                "The bundled engine is not installed in '\(configuration.dataDirectory)': run scripts/serve once, or name "
                    + "another folder with --data-dir."
            )
        }
    }

    private static func models(_ text: String?, _ kind: TrialKind, _ choice: ProfileChoice) throws -> [ModelName] {
        if let text {
            let names = try text.split(separator: ",").map { try ModelName($0.filter { !$0.isWhitespace }) }
            if !names.isEmpty { return names }
        }
        if kind == .bundled { return [try ModelName(BundledEngine.modelName)] }
        if let profile = choice.profile {
            let wished = profile.warmUp.isEmpty ? [profile.models[.text]?.name].compactMap { $0 } : profile.warmUp
            if !wished.isEmpty { return wished }
        }
        throw ServiceError(.invalidRequest, "No profile names a model: say which with --models.")
    }
}

/// The settings that matter, beside the present ones.
struct TrialSettings {
    let machine: Machine
    let wish: TuningWish
    let plan: TuningPlan

    /// What is worth trying of an Ollama.
    ///
    /// How attention is computed, how the cache is stored, and how many requests a model runs at once, as far as they fit.
    /// What the user has set stays.
    var ollama: [TrialSetting] {
        let parallel = self.plan.parallel
        var settings = [TrialSetting(parallel: parallel)]
        let hasFlash = self.value(.flashAttention) == "1"
        if !self.isUsers(.flashAttention), !self.isUsers(.kvCacheType) {
            let without = [EngineVariable.flashAttention.rawValue: "0", EngineVariable.kvCacheType.rawValue: "f16"]
            let with = [EngineVariable.flashAttention.rawValue: "1", EngineVariable.kvCacheType.rawValue: "f16"]
            settings.append(TrialSetting(changes: hasFlash ? without : with, parallel: parallel))
            if self.plan.cacheType != .q8 {
                let small = with.merging([EngineVariable.kvCacheType.rawValue: "q8_0"]) { $1 }
                settings.append(TrialSetting(changes: small, parallel: parallel))
            }
        }
        guard !self.isUsers(.numParallel), self.wish.parallel == nil else { return settings }
        for other in [parallel / 2, parallel * 2] where other >= 1 && other != parallel {
            var wish = self.wish
            wish.parallel = .init(other, by: "the trial")
            guard (try? TuningPlanner(machine: self.machine, wish: wish).plan()) != nil else { continue }
            settings.append(
                TrialSetting(changes: [EngineVariable.numParallel.rawValue: String(other)], parallel: other)
            )
        }
        return settings
    }

    /// What is worth trying of the bundled engine: threads, and requests at once.
    static func bundled(cores: Int) -> [TrialSetting] {
        let slots = BundledEngine.slots
        let threads = BundledEngine.threads(cores: cores)
        let others = [1, 2, 4, 8].filter { $0 <= cores && $0 != threads }
        return [TrialSetting(parallel: slots)]
            + others.map { TrialSetting(changes: [BundledEngine.threadsVariable: String($0)], parallel: slots) }
            + [TrialSetting(changes: [BundledEngine.slotsVariable: String(slots * 2)], parallel: slots * 2)]
    }

    private func value(_ variable: EngineVariable) -> String? {
        self.plan.settings.first { $0.variable == variable }?.value
    }

    private func isUsers(_ variable: EngineVariable) -> Bool {
        self.plan.settings.contains { $0.variable == variable && $0.isUsers }
    }
}
