import Application
import Domain
import Hummingbird

/// `GET /api/v1/queue/stats`: how the queues are and have been since the start.
///
/// A project sees its own requests, an admin all. The figures of the chat queue stand at the top level, for callers of old, and again under `chat` beside `vlm`.
struct NativeQueueStatsRoutes: Sendable {
    let queueStats: QueueStatsUseCase

    func addRoutes(to router: Router<ServiceContext>) {
        router.get("/api/v1/queue/stats") { _, context in
            Response(json: self.body(for: context.scope))
        }
    }

    private func body(for project: ProjectName?) -> JSONWriter {
        let chat = self.queueStats.stats(of: .chat, for: project)
        let vlm = self.queueStats.stats(of: .vlm, for: project)
        var writer = JSONWriter(capacity: 1536)
        writer.object { writer in
            Self.write(chat, to: &writer)
            writer.key("chat")
            writer.object { Self.write(chat, to: &$0) }
            writer.key("vlm")
            writer.object { Self.write(vlm, to: &$0) }
            writer.key("estimate_error_ms")
            writer.object { Self.write(self.queueStats.estimateError, to: &$0) }
        }
        return writer
    }

    static func write(_ stats: QueueStatsUseCase.Stats, to writer: inout JSONWriter) {
        let (now, tally) = (stats.now, stats.tally)
        writer.field("queued", now.queued)
        writer.field("in_progress", now.inProgress)
        writer.field("completed", tally.completed)
        writer.field("failed", tally.failed)
        writer.field("rejected", tally.rejected)
        writer.field("timeout", tally.timedOut)
        writer.field("total_wait_time_ms", NativeAnswers.rounded(tally.totalWait))
        writer.field("max_wait_time_ms", NativeAnswers.rounded(tally.maxWait))
        writer.field("avg_wait_time_ms", NativeAnswers.rounded(tally.meanWait))
        writer.field("p50_wait_time_ms", NativeAnswers.rounded(tally.wait(percentile: 0.5)))
        writer.field("p95_wait_time_ms", NativeAnswers.rounded(tally.wait(percentile: 0.95)))
        writer.field("max_concurrent", now.maxConcurrent)
        writer.field("max_queue_size", now.maxQueueSize)
        writer.field("default_timeout", now.timeout.inSeconds)
    }

    private static func write(_ error: EstimateError?, to writer: inout JSONWriter) {
        if let error {
            writer.field("p50", NativeAnswers.rounded(error.p50))
            writer.field("p90", NativeAnswers.rounded(error.p90))
        } else {
            writer.nullField("p50")
            writer.nullField("p90")
        }
        writer.field("count", error?.count ?? 0)
    }
}
