import Application
import Domain
import Synchronization

/// An engine that says what a test has written down, one step a pull.
final class ScriptedEngine: EngineClient {
    enum Step: Sendable {
        case event(GenerationEvent)
        case failure(ServiceError)
        /// Nothing until the stream is cancelled.
        case hang
    }

    /// What the engine was asked to load and to unload, and what it says to that.
    private struct Moves {
        var loads: [ModelLoad] = []
        var unloads: [ModelLoad] = []
        var failure: ServiceError?
        var hangs = false
    }

    let identity: EngineIdentity
    /// What each next stream says; the last goes on for all that follow.
    private let scripts: Mutex<[[Step]]>
    private let streams = Mutex<[ScriptedStream]>([])
    private let requests = Mutex<[EngineRequest]>([])
    private let moves = Mutex(Moves())
    private let count = Mutex<Result<Int?, ServiceError>>(.success(nil))
    private let report = Mutex<Result<EngineReport, ServiceError>>(
        .failure(ServiceError(.engineUnavailable, "The engine cannot be reached."))
    )

    init(
        name: String = "local",
        kind: EngineKind = .ollama,
        isManaged: Bool = false,
        isBundled: Bool = false,
        script: [Step] = []
    ) {
        self.identity = EngineIdentity(
            name: EngineName(name),
            kind: kind,
            isManaged: isManaged,
            isBundled: isBundled
        )
        self.scripts = Mutex([script])
    }

    var opened: [ScriptedStream] { self.streams.withLock { $0 } }

    /// What it was asked, in order.
    var asked: [EngineRequest] { self.requests.withLock { $0 } }

    /// What the engine says from now on: each script once, the last for ever.
    func script(_ scripts: [Step]...) { self.script(all: scripts) }

    func script(all scripts: [[Step]]) { self.scripts.withLock { $0 = scripts } }

    func answers(_ report: EngineReport?) {
        self.report.withLock {
            $0 =
                report.map { .success($0) }
                ?? .failure(ServiceError(.engineUnavailable, "The engine cannot be reached."))
        }
    }

    func stream(_ request: EngineRequest) throws -> any EngineStream<GenerationEvent> {
        self.requests.withLock { $0.append(request) }
        let stream = ScriptedStream(self.scripts.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] })
        self.streams.withLock { $0.append(stream) }
        return stream
    }

    /// What the engine's tokenizer says from now on.
    func counts(_ count: Result<Int?, ServiceError>) { self.count.withLock { $0 = count } }

    func countTokens(of request: EngineRequest) async throws -> Int? {
        try self.count.withLock { try $0.get() }
    }

    func probe() async throws -> EngineReport {
        try self.report.withLock { try $0.get() }
    }

    var loads: [ModelLoad] { self.moves.withLock(\.loads) }

    var unloads: [ModelLoad] { self.moves.withLock(\.unloads) }

    /// What loads fail with from now on; nil lets them succeed.
    func failsLoads(with error: ServiceError?) {
        self.moves.withLock { $0.failure = error }
    }

    /// Whether loads from now on last until they are cancelled.
    func hangsLoads(_ hangs: Bool) { self.moves.withLock { $0.hangs = hangs } }

    func load(_ model: ModelLoad) async throws -> Duration? {
        if self.moves.withLock(\.hangs) { try await Task.sleep(for: .seconds(3600)) }
        try self.moves.withLock { moves in
            moves.loads.append(model)
            if let failure = moves.failure { throw failure }
        }
        return .seconds(1)
    }

    func unload(_ model: ModelLoad) async throws {
        self.moves.withLock { $0.unloads.append(model) }
    }
}

/// The stream of a ``ScriptedEngine``.
final class ScriptedStream: EngineStream {
    typealias Frame = GenerationEvent

    private struct State {
        var steps: [ScriptedEngine.Step]
        var progress = GenerationProgress()
        var cancellation: ServiceError?
        var cancels = 0
        var waiter: CheckedContinuation<Void, any Error>?
    }

    private let state: Mutex<State>

    init(_ steps: [ScriptedEngine.Step]) {
        self.state = Mutex(State(steps: steps))
    }

    var cancels: Int { self.state.withLock(\.cancels) }

    var progress: GenerationProgress { self.state.withLock(\.progress) }

    var notices: GenerationNotices { GenerationNotices() }

    func next() async throws -> GenerationEvent? {
        let step: ScriptedEngine.Step? = try self.state.withLock { state in
            if let error = state.cancellation { throw error }
            return state.steps.isEmpty ? nil : state.steps.removeFirst()
        }
        switch step {
        case nil: return nil
        case .event(let event):
            self.note(event)
            return event
        case .failure(let error): throw error
        case .hang:
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let error = self.state.withLock { state in
                    if state.cancellation == nil { state.waiter = continuation }
                    return state.cancellation
                }
                if let error { continuation.resume(throwing: error) }
            }
            return nil
        }
    }

    func buffered() throws -> GenerationEvent? { nil }

    func cancel(_ error: ServiceError) {
        let waiter = self.state.withLock { state in
            state.cancels += 1
            state.cancellation = state.cancellation ?? error
            return state.waiter.take()
        }
        waiter?.resume(throwing: error)
    }

    private func note(_ event: GenerationEvent) {
        self.state.withLock { state in
            switch event {
            case .text, .thinking: state.progress.pieces += 1
            case .finished(let summary): state.progress.summary = summary
            default: break
            }
        }
    }
}
