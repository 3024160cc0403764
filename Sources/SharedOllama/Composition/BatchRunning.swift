import Adapters
import Application
import Domain
import Infrastructure
import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization

/// What runs stored batches, and what tells projects of their end.
struct BatchRunning: Sendable {
    private let runner: BatchRunner
    private let announcer: BatchAnnouncer
    private let webhooks: WebhookTable

    /// Puts the parts together; nothing runs yet.
    ///
    /// - Parameters:
    ///   - configuration: the limits, and the webhooks of projects.
    ///   - core: what runs items.
    ///   - store: keeps the batches.
    ///   - bell: rings when there may be something to do.
    ///   - projects: their present limits.
    ///   - metrics: counts what items came to.
    ///   - eventLoops: where messages are sent from.
    ///   - logger: where failures are noted.
    init(
        _ configuration: ServiceConfiguration,
        core: ServiceCore,
        store: any BatchStore,
        bell: BatchBell,
        projects: ProjectRegistry,
        metrics: any Metrics,
        eventLoops: MultiThreadedEventLoopGroup,
        logger: Logger
    ) {
        let webhooks = WebhookTable(configuration)
        let announcer = BatchAnnouncer(
            BatchAnnouncer.Parts(
                store: store,
                sender: HTTPWebhookSender(eventLoops: eventLoops),
                digest: LibcryptoDigest(),
                base64: VectorBase64(),
                clock: core.clock,
                webhook: { webhooks[$0] },
                observer: { BatchRunning.write($0, to: logger) }
            )
        )
        self.runner = BatchRunner(
            BatchRunner.Parts(
                store: store,
                items: core.items,
                directory: core.directory,
                bell: bell,
                clock: core.clock,
                metrics: metrics,
                project: { projects.project(named: $0) },
                onEnd: { _ in announcer.batchEnded() },
                onTrouble: { logger.error("batches cannot go on, for their store fails: \($0)") }
            ),
            settings: .init(attempts: configuration.batches.maxAttempts)
        )
        self.announcer = announcer
        self.webhooks = webhooks
    }

    /// Tells of the end of batches.
    var announcing: any Service {
        BackgroundService { [announcer = self.announcer] in await announcer.run() }
    }

    /// Runs items until the service stops, and then gives them back.
    var running: any Service { RunnerService(runner: self.runner) }

    /// Takes the webhooks of another configuration.
    func reload(_ configuration: ServiceConfiguration) {
        self.webhooks.replace(configuration)
    }

    private static func write(_ event: BatchAnnouncer.Event, to logger: Logger) {
        switch event {
        case .delivered(let batch, let project):
            logger.debug(
                "a project knows of the end of its batch",
                metadata: ["batch": "\(batch)", "project": "\(project)"]
            )
        case .refused(let batch, let project, let reason):
            logger.warning(
                "a webhook does not take a message; it is tried again",
                metadata: ["batch": "\(batch)", "project": "\(project)", "reason": "\(reason)"]
            )
        case .givenUp(let batch, let project, let reason):
            logger.error(
                "a webhook has not taken a message for an hour; it is given up",
                metadata: ["batch": "\(batch)", "project": "\(project)", "reason": "\(reason)"]
            )
        case .trouble(let error): logger.error("the store of batches fails: \(error)")
        }
    }

    /// Stops the runner first when the service stops: batches are what can wait.
    private struct RunnerService: Service {
        let runner: BatchRunner

        func run() async throws {
            await withGracefulShutdownHandler {
                await self.runner.run()
            } onGracefulShutdown: {
                self.runner.stop()
            }
        }
    }
}

/// Where projects are told of the end of their batches, as the present configuration has it.
private final class WebhookTable: Sendable {
    private let webhooks: Mutex<[ProjectName: BatchWebhook]>

    init(_ configuration: ServiceConfiguration) {
        self.webhooks = Mutex(WebhookTable.all(configuration))
    }

    subscript(project: ProjectName) -> BatchWebhook? { self.webhooks.withLock { $0[project] } }

    func replace(_ configuration: ServiceConfiguration) {
        let all = WebhookTable.all(configuration)
        self.webhooks.withLock { $0 = all }
    }

    private static func all(_ configuration: ServiceConfiguration) -> [ProjectName: BatchWebhook] {
        var all: [ProjectName: BatchWebhook] = [:]
        for project in configuration.projects {
            guard let webhook = project.webhook else { continue }
            all[project.project.name] = BatchWebhook(url: webhook.url, secret: self.bytes(of: webhook.secret.revealed))
        }
        return all
    }

    /// The bytes of a secret: what stands behind `whsec_` is Base64 (Standard Webhooks), anything else is taken as it is.
    private static func bytes(of secret: String) -> [UInt8] {
        let prefix = "whsec_"
        guard secret.hasPrefix(prefix),
            let bytes = try? VectorBase64().decode(Array(secret.utf8.dropFirst(prefix.utf8.count)))
        else { return Array(secret.utf8) }
        return bytes
    }
}
