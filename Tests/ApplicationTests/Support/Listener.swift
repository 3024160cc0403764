import Domain
import Synchronization
import TestSupport

@testable import Application

extension EngineDirectory {
    /// The mark of an engine that is there, from before a probe.
    func mark(of name: EngineName) -> ModelMoves.Mark {
        guard let engine = self.engine(name) else { preconditionFailure("there is no engine '\(name)'") }
        return engine.mark
    }
}

/// What a directory tells, written down.
final class Listener: Sendable {
    private let heard = Mutex<[EngineEvent]>([])

    var events: [EngineEvent] { self.heard.withLock { $0 } }

    /// The events since the last look.
    func next() -> [EngineEvent] {
        self.heard.withLock { heard in
            defer { heard = [] }
            return heard
        }
    }

    func directory(_ clock: ManualClock = ManualClock()) -> EngineDirectory {
        EngineDirectory(clock: clock) { event in self.heard.withLock { $0.append(event) } }
    }
}
