import Application
import Synchronization
import TestSupport

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
        EngineDirectory(metrics: RecordingMetrics(), clock: clock) { event in self.heard.withLock { $0.append(event) } }
    }
}
