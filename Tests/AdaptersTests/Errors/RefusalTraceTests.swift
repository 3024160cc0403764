import Application
import Domain
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Adapters

@Suite("The trace of a refusal")
struct RefusalTraceTests {
    /// Keeps the lines of a log for a test to look at.
    private struct Lines: LogHandler {
        final class Kept: Sendable {
            let lines = Mutex<[(level: Logger.Level, fields: Logger.Metadata)]>([])
        }

        let kept: Kept
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            self.kept.lines.withLock { $0.append((event.level, event.metadata ?? [:])) }
        }
    }

    private let kept = Lines.Kept()
    private let metrics = RecordingMetrics()

    private var trace: RefusalTrace {
        RefusalTrace(metrics: self.metrics, logger: Logger(label: "test") { _ in Lines(kept: self.kept) })
    }

    @Test("It is one line of information, and is counted by its code")
    func line() throws {
        let project = Project(name: try ProjectName("search"))
        self.trace.note(
            .wrongKey,
            status: 401,
            requestID: RequestID(generated: "r1"),
            address: IPNetwork("192.0.2.7"),
            caller: Caller(project: project, hasKey: true),
            head: ("GET", "/api/v1/models")
        )
        let expected: Logger.Metadata = [
            "error_code": "unauthenticated", "status": "401", "request_id": "r1", "peer": "192.0.2.7",
            "project": "search", "method": "GET", "path": "/api/v1/models",
        ]
        self.kept.lines.withLock { lines in
            #expect(lines.map(\.level) == [.info])
            #expect(lines.first?.fields.mapValues(\.description) == expected.mapValues(\.description))
        }
        #expect(self.metrics.count(.refusals, "unauthenticated") == 1)
    }

    @Test("What is not known is left out, and a path is told up to a bound")
    func bounded() throws {
        let path = "/" + String(repeating: "x", count: 5000)
        self.trace.note(.notHTTP, status: 400, requestID: nil, address: nil)
        self.trace.note(.adminsOnly, status: 403, requestID: nil, address: nil, head: ("GET", path))
        self.kept.lines.withLock { lines in
            #expect(lines.first.map { Set($0.fields.keys) } == ["error_code", "status"])
            #expect(lines.last?.fields["path"]?.description.count == 100)
        }
    }
}
