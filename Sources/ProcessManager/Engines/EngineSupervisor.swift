public import Application
import Domain
public import ServiceLifecycle
import Synchronization

/// Sees to it that there is an engine: uses the one that is there, else starts one, and stops what it started.
///
/// Only for the default local engine. What the user named in the configuration is taken as it is.
public final class EngineSupervisor: Service {
    struct State {
        var isAdopted = false
        var local: ManagedProcess?
        var bundled: ManagedProcess?
        var drainingSince: MonotonicInstant?
        var lastAnswer: MonotonicInstant
        var lastChat: MonotonicInstant
        /// Something of ours has become ready or has ended since the directory was last brought up to date.
        var hasNews = false
        var hasSaidNothing = false
    }

    let settings: Settings
    let needs: Dependencies
    let policy: SupervisorPolicy
    let state: Mutex<State>
    /// Rings when there is a reason to look again before the interval is over.
    let bell = Bell()
    /// Rings when the service stops: whatever is being waited for is not worth it any more.
    let closing = Bell()

    /// What the processes of our engines take.
    let meter = Mutex(UsageMeter())

    /// Asks at the configured address, whoever is there.
    private let scout: any EngineClient

    /// Creates a supervisor; ``run()`` does the work.
    public convenience init(settings: Settings, dependencies: Dependencies) {
        self.init(settings: settings, dependencies: dependencies, policy: SupervisorPolicy())
    }

    init(settings: Settings, dependencies: Dependencies, policy: SupervisorPolicy) {
        self.settings = settings
        self.needs = dependencies
        self.policy = policy
        let now = dependencies.clock.now
        self.state = Mutex(State(lastAnswer: now, lastChat: now))
        self.scout = dependencies.makeClient(
            EngineIdentity(name: settings.name, kind: .ollama),
            settings.address.url
        )
    }

    // MARK: For operators

    /// How the process of an engine is; nil for an engine that is not ours.
    public func process(of name: EngineName) -> ProcessSnapshot? {
        self.managed(name)?.snapshot
    }

    /// The last lines that an engine of ours wrote.
    ///
    /// For administrators only.
    public func lastLines(of name: EngineName) -> [String] {
        self.managed(name)?.lastLines ?? []
    }

    /// Ends an engine of ours and starts it again at once.
    ///
    /// An engine that is not ours is left alone.
    ///
    /// - Returns: whether the engine is ours.
    public func restart(_ name: EngineName) -> Bool {
        let process = self.managed(name)
        process?.restart()
        return process != nil
    }

    private func managed(_ name: EngineName) -> ManagedProcess? {
        self.state.withLock { state in
            if name == self.settings.bundledName { return state.bundled }
            return name == self.settings.name ? state.local : nil
        }
    }

    // MARK: Running

    /// Looks and acts until graceful shutdown or cancellation.
    ///
    /// When it returns, every process that it started is gone.
    ///
    /// - Throws: ``SupervisorError`` if the mode is `always` and no Ollama of ours can be started.
    public func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                while !Task.isCancelled, !self.closing.isRinging {
                    self.bell.silence()
                    let refusal = await self.look { process in
                        group.addTask { try await process.run() }
                    }
                    if let refusal { throw SupervisorError(refusal, self.settings) }
                    self.measure()
                    await self.bell.wait(atMost: self.settings.interval, on: self.needs.clock)
                }
            }
        } onGracefulShutdown: {
            self.closing.ring()
            self.bell.ring()
        }
    }

    /// Looks once, and does what the policy says.
    ///
    /// - Parameter start: takes a process that is to run.
    /// - Returns: why there is no use in going on, if so.
    private func look(start: (ManagedProcess) -> Void) async -> SupervisorRefusal? {
        let before = self.launch
        guard let answer = await self.untilClosing({ await self.ask() }) else { return nil }
        let situation = self.situation(answer, launchBefore: before)
        let actions = self.policy.decide(situation)
        for action in actions {
            if case .refuse(let refusal) = action { return refusal }
            if let process = self.perform(action) { start(process) }
        }
        if actions.isEmpty { self.noteEmptyHands(situation) }
        let hasNews = self.state.withLock { state in
            defer { state.hasNews = false }
            return state.hasNews
        }
        if hasNews || !actions.isEmpty { await self.untilClosing(self.needs.refresh) }
        return nil
    }

    /// Does something, but does not let the service wait for it when it stops.
    @discardableResult
    private func untilClosing<Result: Sendable>(_ work: @escaping @Sendable () async -> Result) async -> Result? {
        await withTaskGroup(of: Result?.self) { group in
            group.addTask { await work() }
            group.addTask {
                await self.closing.wait()
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    /// Asks at the configured address, unless the answer does not matter.
    private func ask() async -> Situation.Answer {
        if self.settings.mode == .never { return .silent }
        guard let report = try? await self.scout.probe() else { return .silent }
        // An Ollama before 0.6.4 does not say what its models can do.
        let canChat = report.models.contains { $0.capabilities.isEmpty || $0.capabilities.contains(.completion) }
        return .answers(canChat: canChat)
    }
}
