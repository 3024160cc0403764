import Application
import Synchronization

extension EngineSupervisor {
    // MARK: The situation

    /// The state of the Ollama that we started.
    var launch: Situation.Launch {
        guard let process = self.state.withLock({ $0.local }) else { return .none }
        switch process.snapshot.phase {
        case .idle, .starting, .ready: return .alive
        case .waiting, .stopped: return .dead
        case .crashLoop: return .crashLoop
        }
    }

    /// Puts together what the policy needs.
    ///
    /// - Parameters:
    ///   - answer: what came back from the configured address.
    ///   - launchBefore: how our Ollama was when the question was asked: if it lived then or lives now, the answer may
    ///     be its own.
    /// - Returns: the situation as it is now.
    func situation(_ answer: Situation.Answer, launchBefore: Situation.Launch) -> Situation {
        let now = self.needs.clock.now
        let running = self.needs.runningRequests(self.settings.bundledName)
        var situation = Situation(mode: self.settings.mode, answer: answer)
        situation.launch = launchBefore == .alive ? .alive : self.launch
        situation.hasBinary =
            ExecutableSearch.find(self.settings.binary, environment: self.settings.environment) != nil
        situation.isLoopback = self.settings.address.isLoopback
        self.state.withLock { state in
            if answer != .silent { state.lastAnswer = now }
            if answer == .answers(canChat: true) { state.lastChat = now }
            situation.isAdopted = state.isAdopted
            situation.silentFor = now - state.lastAnswer
            situation.chatlessFor = now - state.lastChat
            if let since = state.drainingSince {
                situation.bundled = .draining(for: now - since, requests: running)
            } else if state.bundled != nil {
                situation.bundled = .running
            } else {
                situation.bundled = self.settings.bundled == nil ? .unavailable : .stopped
            }
        }
        return situation
    }

    /// Says once that there is nothing to run and nobody to wait for.
    func noteEmptyHands(_ situation: Situation) {
        guard situation.mode == .auto, situation.answer == .silent, situation.bundled == .unavailable,
            situation.launch == .none, !situation.hasBinary, !situation.isAdopted
        else { return }
        let isFirst = self.state.withLock { state in
            defer { state.hasSaidNothing = true }
            return !state.hasSaidNothing
        }
        if isFirst { self.needs.observer(.nothingToRun) }
    }

    // MARK: The actions

    /// Does one thing.
    ///
    /// - Returns: a process that has to be run, if the action made one.
    func perform(_ action: SupervisorAction) -> ManagedProcess? {
        switch action {
        case .adopt: self.adopt()
        case .yield: self.yield()
        case .launch: return self.launchOllama()
        case .startBundled: return self.startBundled()
        case .drainBundled: self.drainBundled()
        case .undrainBundled: self.undrainBundled()
        case .stopBundled: self.stopBundled()
        case .refuse: break
        }
        return nil
    }

    private func adopt() {
        self.state.withLock { $0.isAdopted = true }
        let identity = EngineIdentity(name: self.settings.name, kind: .ollama)
        let client = self.needs.makeClient(identity, self.settings.address.url)
        self.needs.directory.register(client, limits: self.settings.adoptedLimits)
        self.needs.observer(.adopted(self.settings.name, url: self.settings.address.url))
    }

    private func yield() {
        let process = self.state.withLock { $0.local.take() }
        process?.stop()
        self.adopt()
    }

    private func launchOllama() -> ManagedProcess? {
        let binary = ExecutableSearch.find(self.settings.binary, environment: self.settings.environment)
        guard let binary else { return nil }
        var environment = self.settings.environment.merging(self.settings.ollamaVariables) { $1 }
        environment["OLLAMA_HOST"] = self.settings.address.authority
        let command = ProcessCommand(executable: binary, arguments: ["serve"], environment: environment)
        let identity = EngineIdentity(name: self.settings.name, kind: .ollama, isManaged: true)
        let process = self.makeProcess(
            identity,
            self.settings.address.url,
            self.processSettings(command, log: self.settings.ollamaLog),
            limits: self.settings.launchedLimits
        )
        self.state.withLock { state in
            state.isAdopted = false
            state.local = process
        }
        return process
    }

    private func startBundled() -> ManagedProcess? {
        guard let bundled = self.settings.bundled, let port = try? LoopbackPort.findFree() else { return nil }
        let address = LocalEngineAddress(host: "127.0.0.1", port: port)
        let command = bundled.command(port: port, environment: self.settings.environment)
        let identity = EngineIdentity(
            name: self.settings.bundledName,
            kind: .openAI,
            isManaged: true,
            isBundled: true
        )
        let process = self.makeProcess(
            identity,
            address.url,
            self.processSettings(command, log: self.settings.bundledLog),
            limits: EngineLimits()
        )
        self.state.withLock { $0.bundled = process }
        return process
    }

    private func drainBundled() {
        self.state.withLock { $0.drainingSince = self.needs.clock.now }
        self.needs.directory.setDraining(true, self.settings.bundledName)
        self.needs.observer(.draining(self.settings.bundledName))
    }

    private func undrainBundled() {
        self.state.withLock { $0.drainingSince = nil }
        self.needs.directory.setDraining(false, self.settings.bundledName)
        self.needs.observer(.undrained(self.settings.bundledName))
    }

    private func stopBundled() {
        let process = self.state.withLock { state in
            state.drainingSince = nil
            return state.bundled.take()
        }
        process?.stop()
        self.needs.directory.remove(self.settings.bundledName)
        self.needs.observer(.removed(self.settings.bundledName))
    }

    // MARK: Processes

    private func processSettings(_ command: ProcessCommand, log: RotatingLog?) -> ManagedProcess.Settings {
        var settings = ManagedProcess.Settings(
            command: command,
            guardInvocation: self.settings.guardInvocation,
            log: log
        )
        settings.restarts = self.settings.restarts
        settings.grace = self.settings.grace
        return settings
    }

    /// Registers an engine of ours and makes the process behind it.
    private func makeProcess(
        _ identity: EngineIdentity,
        _ url: String,
        _ settings: ManagedProcess.Settings,
        limits: EngineLimits
    ) -> ManagedProcess {
        let client = self.needs.makeClient(identity, url)
        let process = ManagedProcess(
            settings: settings,
            clock: self.needs.clock,
            isAnswering: { (try? await client.probe()) != nil },
            observer: { [weak self] event in self?.noteProcess(identity.name, event) }
        )
        self.needs.directory.register(OwnedEngineClient(base: client, process: process), limits: limits)
        self.needs.observer(.launching(identity.name, url: url))
        return process
    }

    private func noteProcess(_ name: EngineName, _ event: ProcessEvent) {
        self.needs.observer(.process(name, event))
        self.state.withLock { $0.hasNews = true }
        self.bell.ring()
    }
}
