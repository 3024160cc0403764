import Domain

/// Sends spans to a collector: a port.
public protocol SpanSender: Sendable {
    /// Sends a batch, once.
    func send(_ spans: [Span]) async -> SpanDelivery
}

/// What a collector did with a batch.
public enum SpanDelivery: Sendable, Equatable {
    /// It has taken the spans, but for so many; what it says of those.
    case taken(rejected: Int, words: String?)
    /// It has no time for them now, or could not be reached; it may want them after so long.
    case retry(after: Duration?, reason: String)
    /// It will never take them.
    case refused(reason: String)
}

/// What an operator should know of the export.
public enum SpanExportEvent: Sendable, Equatable {
    /// Spans are lost, for this reason; told once until it works again.
    case failing(reason: String)
    /// A batch has gone through again; so many spans were lost by failed batches since the start.
    case working(lost: Int)
    /// The collector did not like some spans of a batch.
    case rejected(Int, words: String?)
}

/// Takes spans from the buffer to the collector, in batches.
///
/// Failure policy: a batch is tried again for a while, and then given up and counted; meanwhile spans gather in the buffer.
///
/// Source: OpenTelemetry, OTLP specification, "Failures" and "OTLP/HTTP Throttling".
public struct SpanWriter: Sendable {
    /// How much is sent at once, when, and how often.
    public struct Pace: Sendable {
        /// Spans of one batch.
        public var batch = 512
        /// How long a span waits for others.
        public var interval = Duration.seconds(5)
        /// How often a batch is tried again.
        public var retries = 4
        /// The pauses before that: the first, and the longest, which a collector's own wish does not lengthen either.
        public var pauses = (first: Duration.seconds(1), longest: Duration.seconds(30))
        /// How long the last spans may take when the service stops.
        public var farewell = Duration.seconds(5)

        /// 512 spans or 5 seconds, whatever comes first; 4 retries.
        public init() {}
    }

    private let buffer: SpanBuffer
    private let sender: any SpanSender
    private let clock: any ServiceClock
    private let random: any RandomNumbers
    private let metrics: any Metrics
    private let pace: Pace
    private let onEvent: @Sendable (SpanExportEvent) -> Void

    /// Creates a writer.
    ///
    /// - Parameters:
    ///   - buffer: where the spans come from.
    ///   - sender: how they get to the collector.
    ///   - clock: the time.
    ///   - random: spreads the retries of several services.
    ///   - metrics: where spans are counted.
    ///   - pace: how much is sent at once, when, and how often.
    ///   - onEvent: told what an operator should know.
    public init(
        buffer: SpanBuffer,
        sender: any SpanSender,
        clock: any ServiceClock,
        random: any RandomNumbers,
        metrics: any Metrics,
        pace: Pace = Pace(),
        onEvent: @escaping @Sendable (SpanExportEvent) -> Void
    ) {
        self.buffer = buffer
        self.sender = sender
        self.clock = clock
        self.random = random
        self.metrics = metrics
        self.pace = pace
        self.onEvent = onEvent
    }

    /// Exports until ``stop()`` is called, and then what is left, for a short time.
    public func run() async {
        var state = State()
        while !self.buffer.isClosed, !Task.isCancelled {
            await self.buffer.untilHolds(1)
            await self.pause(self.pace.interval, untilHolding: self.pace.batch)
            if !self.buffer.isClosed { await self.deliver(self.buffer.take(self.pace.batch), &state) }
        }
        await self.sayFarewell(state)
    }

    /// Ends ``run()``.
    public func stop() {
        self.buffer.close()
    }

    // MARK: Parts

    /// What has become of the export so far.
    private struct State {
        var isFailing = false
        var lost = 0
    }

    /// Sends what is left while the time allows it, each batch once.
    private func sayFarewell(_ state: State) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var state = state
                while !Task.isCancelled {
                    let batch = self.buffer.take(self.pace.batch)
                    guard !batch.isEmpty else { return }
                    await self.deliver(batch, &state)
                }
            }
            group.addTask { try? await self.clock.sleep(for: self.pace.farewell) }
            await group.next()
            group.cancelAll()
        }
        var state = state
        self.lose(self.buffer.take(.max).count, "the service has stopped", &state)
    }

    /// Waits for a while, or until there are so many spans.
    private func pause(_ duration: Duration, untilHolding count: Int) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await self.clock.sleep(for: duration) }
            group.addTask { await self.buffer.untilHolds(count) }
            await group.next()
            group.cancelAll()
        }
    }

    private func deliver(_ batch: [Span], _ state: inout State) async {
        guard !batch.isEmpty else { return }
        var attempt = 0
        while true {
            switch await self.sender.send(batch) {
            case .taken(let rejected, let words):
                let rejected = min(max(0, rejected), batch.count)
                self.metrics.add(batch.count - rejected, to: .traceSpansExported, [])
                if rejected > 0 { self.count(rejected, as: "rejected") }
                if rejected > 0 || words != nil { self.onEvent(.rejected(rejected, words: words)) }
                if state.isFailing { self.onEvent(.working(lost: state.lost)) }
                state.isFailing = false
                return
            case .refused(let reason): return self.lose(batch.count, reason, &state)
            case .retry(let wish, let reason):
                guard attempt < self.pace.retries, !self.buffer.isClosed, !Task.isCancelled else {
                    return self.lose(batch.count, reason, &state)
                }
                await self.pause(self.pauseBeforeRetry(attempt, wish: wish), untilHolding: .max)
                attempt += 1
            }
        }
    }

    /// What the collector asks for, else twice as long each time and up to a quarter more, so that services that failed
    /// together do not come back together.
    private func pauseBeforeRetry(_ attempt: Int, wish: Duration?) -> Duration {
        if let wish { return min(max(wish, .zero), self.pace.pauses.longest) }
        let doubled = self.pace.pauses.first * (1 << min(attempt, 16))
        let jitter = Double(self.random.next() >> 11) / Double(1 << 53) / 4
        return min(doubled * (1 + jitter), self.pace.pauses.longest)
    }

    private func lose(_ count: Int, _ reason: String, _ state: inout State) {
        guard count > 0 else { return }
        self.count(count, as: "export_failed")
        state.lost += count
        if !state.isFailing { self.onEvent(.failing(reason: reason)) }
        state.isFailing = true
    }

    private func count(_ count: Int, as reason: String) {
        self.metrics.add(count, to: .traceSpansDropped, [MetricLabel("reason", reason)])
    }
}
