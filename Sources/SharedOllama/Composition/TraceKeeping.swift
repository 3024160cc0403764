import Application
import Infrastructure
import Logging
import NIOPosix
import ServiceLifecycle

/// What traces requests and exports their spans, where that is switched on.
struct TraceKeeping: Sendable {
    /// Makes the spans.
    let tracer: Tracer
    private let writer: SpanWriter
    private let sender: OTLPSpanSender

    /// Nil where the configuration names no collector.
    ///
    /// - Throws: ``UnreadableCertificates``.
    init?(
        _ configuration: ServiceConfiguration.Tracing,
        clock: any ServiceClock,
        metrics: any Metrics,
        eventLoops: MultiThreadedEventLoopGroup,
        logger: Logger
    ) throws {
        guard let endpoint = configuration.endpoint else { return nil }
        let random = SystemRandomNumbers()
        let buffer = SpanBuffer(capacity: configuration.maxQueuedSpans, metrics: metrics)
        self.tracer = Tracer(
            sampleRatio: configuration.sampleRatio,
            contentLimit: configuration.content ? configuration.contentBytes : nil,
            recorder: buffer,
            random: random
        )
        if configuration.content {
            logger.warning("tracing.content is on: what callers say, and what they are told, goes to the collector")
        }
        self.sender = try OTLPSpanSender(
            configuration,
            endpoint: endpoint,
            version: ServiceVersion.current,
            instance: RandomIDGenerator().next(),
            eventLoops: eventLoops
        )
        var pace = SpanWriter.Pace()
        pace.batch = configuration.batchSpans
        pace.interval = configuration.interval
        pace.retries = configuration.retries
        pace.farewell = configuration.timeout
        self.writer = SpanWriter(
            buffer: buffer,
            sender: self.sender,
            clock: clock,
            random: random,
            metrics: metrics,
            pace: pace
        ) { TraceKeeping.tell($0, to: logger) }
    }

    /// Exports in the background; stopped after the server, when the last request has settled.
    var service: any Service { TraceService(writer: self.writer) }

    /// Closes the connections to the collector.
    func stop() async {
        await self.sender.shutDown()
    }

    private static func tell(_ event: SpanExportEvent, to logger: Logger) {
        switch event {
        case .failing(let reason):
            logger.warning("spans of traces are lost: they cannot be exported", metadata: ["error": "\(reason)"])
        case .working(let lost):
            logger.info("spans of traces are exported again", metadata: ["lost_since_start": "\(lost)"])
        case .rejected(let count, let words):
            let metadata: Logger.Metadata = ["rejected": "\(count)", "collector": "\(words ?? "")"]
            logger.warning("the collector has something to say of spans", metadata: metadata)
        }
    }
}

/// Exports spans until the service stops, and then what is left.
private struct TraceService: Service {
    let writer: SpanWriter

    func run() async throws {
        await withGracefulShutdownHandler {
            await self.writer.run()
        } onGracefulShutdown: {
            self.writer.stop()
        }
    }
}
