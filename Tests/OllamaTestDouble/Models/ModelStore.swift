import Synchronization

/// The models and blobs on the double's disk.
final class ModelStore: Sendable {
    private struct State {
        var models: [ModelDescription]
        var blobs: [String: [UInt8]] = [:]
    }

    private let state: Mutex<State>

    init(_ models: [ModelDescription]) { state = Mutex(State(models: models)) }

    /// All models, the newest first, as Ollama lists them.
    var all: [ModelDescription] {
        state.withLock { $0.models }.sorted { ($0.modified, $1.name) > ($1.modified, $0.name) }
    }

    func find(_ name: String) -> ModelDescription? {
        state.withLock { $0.models.first { ModelName.same($0.name, name) } }
    }

    /// Adds a model, in the place of one of the same name.
    func put(_ model: ModelDescription) {
        state.withLock { state in
            state.models.removeAll { ModelName.same($0.name, model.name) }
            state.models.append(model)
        }
    }

    func remove(_ name: String) -> ModelDescription? {
        state.withLock { state in
            guard let index = state.models.firstIndex(where: { ModelName.same($0.name, name) }) else { return nil }
            return state.models.remove(at: index)
        }
    }

    func putBlob(_ digest: String, _ bytes: [UInt8]) {
        state.withLock { $0.blobs[digest] = bytes }
    }

    func blob(_ digest: String) -> [UInt8]? {
        state.withLock { $0.blobs[digest] }
    }
}
