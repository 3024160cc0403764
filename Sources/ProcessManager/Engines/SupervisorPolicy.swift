/// What the service does about engines of its own.
public enum SupervisorMode: String, Sendable, CaseIterable {
    /// It uses an Ollama that is there, else starts one, else uses the bundled engine.
    case auto
    /// It starts an Ollama, and refuses to share the address with another.
    case always
    /// It starts nothing.
    case never
}

/// Everything that decides what to do next about the local engine and the bundled one, at one moment.
struct Situation: Sendable, Equatable {
    /// What came back from the configured address.
    enum Answer: Sendable, Equatable {
        /// Nothing, or nothing that an Ollama says.
        case silent
        /// An Ollama, with or without a model that can chat.
        case answers(canChat: Bool)
    }

    /// The Ollama that we started.
    enum Launch: Sendable, Equatable {
        /// There is none.
        case none
        /// It runs; what answers is ours.
        case alive
        /// It has ended and is started again; what answers is somebody else's.
        case dead
        /// It ends again and again.
        case crashLoop
    }

    /// The bundled engine.
    enum Bundled: Sendable, Equatable {
        /// It is not installed.
        case unavailable
        case stopped
        case running
        /// It finishes what it has.
        case draining(for: Duration, requests: Int)
    }

    var mode = SupervisorMode.auto
    var answer = Answer.silent
    var launch = Launch.none
    var bundled = Bundled.unavailable
    /// Whether an `ollama` that may be run was found.
    var hasBinary = false
    /// Whether only this machine can reach the configured address.
    var isLoopback = true
    /// Whether the engine at the address is registered as one that is not ours.
    var isAdopted = false
    /// How long nothing has answered.
    var silentFor = Duration.zero
    /// How long no Ollama has been able to chat.
    var chatlessFor = Duration.zero
}

/// What to do next.
enum SupervisorAction: Sendable, Equatable {
    /// Use the engine at the address, which is not ours.
    case adopt
    /// Start an Ollama.
    case launch
    /// Let go of the Ollama that we started: its place is taken by another, which is adopted.
    case yield
    /// Start the bundled engine.
    case startBundled
    /// Let the bundled engine finish what it has.
    case drainBundled
    /// Take the bundled engine back.
    case undrainBundled
    /// Stop the bundled engine.
    case stopBundled
    /// Give up: the service cannot be started as configured.
    case refuse(SupervisorRefusal)
}

/// Why an Ollama of ours cannot be started although the configuration insists.
enum SupervisorRefusal: Sendable, Equatable {
    /// Another instance answers at its address.
    case foreignInstance
    /// There is no program to start.
    case noBinary
    /// The address is not this machine's own.
    case notLoopback
}

/// The rules.
///
/// Pure: they ask nobody and remember nothing.
struct SupervisorPolicy: Sendable, Hashable {
    /// How long an Ollama that was there before may be away before we start one in its place: it may be restarting.
    var adoptedPatience = Duration.seconds(30)
    /// How long we wait for an Ollama that is starting or away before the bundled engine steps in.
    var chatPatience = Duration.seconds(10)
    /// How long the bundled engine may take to finish what it has.
    var drainLimit = Duration.seconds(300)
    /// The bundled engine drains at least this long: a request may have chosen it a moment ago.
    var drainMinimum = Duration.seconds(5)

    /// What to do, in this order.
    func decide(_ now: Situation) -> [SupervisorAction] {
        switch now.mode {
        case .never: now.isAdopted ? [] : [.adopt]
        case .always: now.launch == .none ? [self.insist(now)] : []
        case .auto: self.local(now) + self.bundled(now)
        }
    }

    private func insist(_ now: Situation) -> SupervisorAction {
        if !now.isLoopback { return .refuse(.notLoopback) }
        if now.answer != .silent { return .refuse(.foreignInstance) }
        return now.hasBinary ? .launch : .refuse(.noBinary)
    }

    private func local(_ now: Situation) -> [SupervisorAction] {
        switch (now.answer, now.launch) {
        case (.answers, .none): now.isAdopted ? [] : [.adopt]
        case (.answers, .dead), (.answers, .crashLoop): [.yield]
        case (.silent, .none): self.mayLaunch(now) ? [.launch] : []
        case (.answers, .alive), (.silent, _): []
        }
    }

    private func mayLaunch(_ now: Situation) -> Bool {
        now.hasBinary && now.isLoopback && (!now.isAdopted || now.silentFor >= self.adoptedPatience)
    }

    private func bundled(_ now: Situation) -> [SupervisorAction] {
        let canChat = now.answer == .answers(canChat: true)
        switch now.bundled {
        case .unavailable: return []
        case .stopped: return self.wantsBundled(now) ? [.startBundled] : []
        case .running: return canChat ? [.drainBundled] : []
        case .draining(let time, let requests):
            if !canChat { return [.undrainBundled] }
            let isIdle = requests == 0 && time >= self.drainMinimum
            return isIdle || time >= self.drainLimit ? [.stopBundled] : []
        }
    }

    private func wantsBundled(_ now: Situation) -> Bool {
        switch now.answer {
        case .answers(let canChat): return !canChat
        case .silent:
            let hasNobodyToWaitFor = now.launch == .none && !now.isAdopted && !self.mayLaunch(now)
            return hasNobodyToWaitFor || now.launch == .crashLoop || now.chatlessFor >= self.chatPatience
        }
    }
}
