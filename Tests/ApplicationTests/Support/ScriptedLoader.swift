import Application
import Domain
import Synchronization

/// A loader whose loads and unloads end when a test says so.
final class ScriptedLoader: ModelMover {
    private struct Errand {
        let runner: ModelName
        let engine: EngineName
        let isLoad: Bool
        let continuation: CheckedContinuation<ServiceError?, Never>
    }

    private struct State {
        var asked: [String] = []
        var waiting: [Errand] = []
    }

    private let admission: SchedulerAdmission
    private let state = Mutex(State())

    init(_ admission: SchedulerAdmission) {
        self.admission = admission
    }

    /// What it was asked for so far.
    var asked: [String] { self.state.withLock(\.asked) }

    func load(_ model: ModelName, as runner: ModelName, on engine: EngineName) async -> ServiceError? {
        await self.wait(model, runner, engine, isLoad: true)
    }

    func unload(_ model: ModelName, on engine: EngineName) async -> ServiceError? {
        await self.wait(model, model, engine, isLoad: false)
    }

    func untilAsked(_ count: Int) async {
        while self.state.withLock({ $0.asked.count < count || $0.waiting.isEmpty }) { await Task.yield() }
    }

    /// Ends the oldest errand.
    func answer(_ error: ServiceError? = nil, took: Duration = .zero) {
        let errand = self.state.withLock { $0.waiting.removeFirst() }
        if let error {
            self.admission.apply(.loadFailed(errand.runner, errand.engine, error))
        } else if errand.isLoad {
            self.admission.apply(.loaded(errand.runner, errand.engine, took: took))
        } else {
            self.admission.apply(.unloaded(errand.runner, errand.engine))
        }
        errand.continuation.resume(returning: error)
    }

    private func wait(
        _ model: ModelName,
        _ runner: ModelName,
        _ engine: EngineName,
        isLoad: Bool
    ) async -> ServiceError? {
        await withCheckedContinuation { continuation in
            self.state.withLock {
                $0.asked.append("\(isLoad ? "load" : "unload") \(model.canonical) on \(engine)")
                $0.waiting.append(Errand(runner: runner, engine: engine, isLoad: isLoad, continuation: continuation))
            }
        }
    }
}
