import Foundation
import Testing

/// The service as a process of its own, started for one test and gone after it.
final class ServiceUnderTest: Sendable {
    /// How the service is started.
    struct Settings: Sendable {
        /// The engine; nil leaves the flag out.
        var engineURL: String?
        /// What the engine speaks; nil leaves the flag out.
        var engineKind: String?
        /// The port to listen on.
        var port = 0
        /// Whether the service may start an engine: auto, always or never.
        var manage = "never"
        /// Variables of the service's own process that are not settings: `PATH`, `OLLAMA_HOST`, the stand-in's.
        var variables: [String: String] = [:]
        /// An installed bundled engine that the service is to find in its data directory.
        var bundledEngine: String?
        /// `SHARED_OLLAMA_…` without its prefix, which is how the environment spells the configuration's keys.
        var environment: [String: String] = [:]
        /// The data directory, where it is to outlive the service; nil is one of its own that goes with it.
        var dataDirectory: String?
        /// What a shell does before it becomes the service.
        var launcher: String?
    }

    let process: ServiceProcess
    let port: Int
    let client: Client
    let log: Watched<[LogLine]>
    private let directory: TemporaryDirectory
    var dataDirectory: String { self.directory.path }

    private init(process: ServiceProcess, port: Int, directory: TemporaryDirectory) {
        self.process = process
        self.port = port
        self.client = Client(port: port)
        self.log = process.log
        self.directory = directory
    }

    /// Starts the service, runs the test with it, and ends it whatever happened.
    static func run(_ settings: Settings, _ test: (ServiceUnderTest) async throws -> Void) async throws {
        let service = try await ServiceUnderTest.start(settings)
        do {
            try await test(service)
        } catch {
            service.checkThatItLives()
            await service.end()
            throw error
        }
        service.checkThatItLives()
        await service.end()
    }

    /// Whatever a test does to it, the service ends only when it is told to.
    private func checkThatItLives() {
        guard let exit = self.process.exit.value, !self.process.wasToldToEnd else { return }
        let lines = self.log.value.suffix(20).map(\.text).joined(separator: "\n")
        Issue.record("the service ended by itself: \(exit)\n\(lines)")
    }

    /// Starts the service and waits until it accepts connections; whoever calls this calls ``end()`` as well.
    static func start(_ settings: Settings) async throws -> ServiceUnderTest {
        let directory = try TemporaryDirectory()
        if let engine = settings.bundledEngine {
            let link = "\(directory.path)/bundled-engine"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: engine)
        }
        var arguments = [
            "serve", "--port", String(settings.port), "--manage", settings.manage,
            "--data-dir", settings.dataDirectory ?? directory.path,
        ]
        if let url = settings.engineURL { arguments += ["--engine-url", url] }
        if let kind = settings.engineKind { arguments += ["--engine-kind", kind] }
        // Unlike the defaults: engines are looked at often, and a stopped service does not linger.
        var environment = ["HEALTH_INTERVAL_SECONDS": "0.2", "SERVER_DRAIN_NOTICE_SECONDS": "0"]
        environment.merge(settings.environment) { $1 }
        let process = try ServiceProcess.start(
            arguments,
            environment: Dictionary(uniqueKeysWithValues: environment.map { ("SHARED_OLLAMA_\($0.key)", $0.value) })
                .merging(settings.variables) { $1 },
            directory: directory.path,
            launcher: settings.launcher
        )
        do {
            return ServiceUnderTest(process: process, port: try await process.listeningPort(), directory: directory)
        } catch {
            await process.kill()
            directory.remove()
            throw error
        }
    }

    /// Ends the process, if it still runs, and takes its data away.
    func end() async {
        await self.process.kill()
        self.directory.remove()
    }

    /// The log line of one request.
    func logLine(of requestID: String?, within limit: Duration = .seconds(180)) async throws -> JSON {
        let id = requestID ?? ""
        let lines = try await self.log.wait(for: "log line of '\(id)'", within: limit) { lines in
            lines.contains { $0.json["request_id"]?.string == id }
        }
        return lines.last { $0.json["request_id"]?.string == id }?.json ?? .null
    }

    /// All lines of requests.
    var requestLines: [JSON] { self.log.value.map(\.json).filter { $0["operation"] != nil } }
}

/// A directory that is gone after the test.
struct TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        let name = "shared-ollama-test-\(UUID().uuidString)"
        self.path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: self.path)
    }
}
