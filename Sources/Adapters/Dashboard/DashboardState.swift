import Application
import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the dashboard shows at one moment: `GET /api/v1/events` tells it once a second.
struct DashboardState: Sendable {
    /// How many requests are told one by one; there may be thousands.
    private static let namedRequests = 100
    /// How many batches are told: the newest.
    private static let namedBatches = 20

    let requests: OpenRequests
    let queueStats: QueueStatsUseCase
    let statistics: RequestStatistics
    let health: HealthUseCase
    let batches: BatchUseCase
    let version: String

    /// The state as the caller may see it: a project's own requests, all of them for an admin.
    func json(for caller: Caller, scope: ProjectName?) async -> JSONWriter {
        // What a store that fails cannot tell is missing; the rest is not.
        let page = try? await self.batches.batches(ListQuery(project: scope, limit: Self.namedBatches))
        var writer = JSONWriter(capacity: 4096)
        let activity = self.statistics.activity(for: scope)
        writer.object { writer in
            writer.field("version", self.version)
            writer.field("status", self.health.status.rawValue)
            writer.key("queues")
            writer.object { writer in
                for queue in RequestQueue.allCases {
                    writer.key(queue.rawValue)
                    let stats = self.queueStats.stats(of: queue, for: scope)
                    writer.object { NativeQueueStatsRoutes.write(stats, to: &$0) }
                }
            }
            self.writeRequests(of: scope, to: &writer)
            writer.key("engines")
            NativeSystemRoutes(health: self.health).write(isAdmin: caller.isAdmin, to: &writer)
            writer.key("batches")
            writer.array(page?.elements ?? []) { writer, batch in
                writer.object { self.write(batch, to: &$0) }
            }
            writer.key("last_minute")
            writer.object { Self.write(activity, to: &$0) }
        }
        return writer
    }

    private func writeRequests(of scope: ProjectName?, to writer: inout JSONWriter) {
        let (views, count) = self.requests.oldest(Self.namedRequests, of: scope)
        writer.field("request_count", count)
        writer.key("requests")
        writer.array(views) { writer, view in
            writer.object { NativeQueueRoutes.write(view, to: &$0) }
        }
    }

    private func write(_ batch: Batch, to writer: inout JSONWriter) {
        writer.field("id", batch.id.description)
        writer.field("project", batch.project.description)
        writer.field("status", batch.status.rawValue)
        writer.field("is_paused", batch.pausedAt != nil)
        writer.field("total", batch.counts.total)
        writer.field("completed", batch.counts.completed)
        writer.field("failed", batch.counts.failed)
        writer.field("running", batch.running)
        let left = batch.estimatedEnd(at: self.batches.now).map { $0.timeIntervalSince(self.batches.now) * 1000 }
        writer.field("estimated_rest_ms", left.map { max(0, $0.rounded()) })
    }

    private static func write(_ activity: RecentActivity, to writer: inout JSONWriter) {
        writer.field("requests", activity.requests)
        writer.field("failed", activity.failed)
        writer.field("tokens_per_second", (activity.tokensPerSecond * 10).rounded() / 10)
        writer.field("p50_latency_ms", NativeAnswers.rounded(activity.latency(percentile: 0.5)))
        writer.field("p95_latency_ms", NativeAnswers.rounded(activity.latency(percentile: 0.95)))
        writer.field("p99_latency_ms", NativeAnswers.rounded(activity.latency(percentile: 0.99)))
        writer.key("projects")
        writer.array(activity.projects) { writer, share in
            writer.object {
                $0.field("project", share.project?.description ?? "other")
                $0.field("requests", share.requests)
                $0.field("failed", share.failed)
                $0.field("tokens", Int(share.tokens.rounded()))
            }
        }
        writer.key("errors")
        writer.array(activity.failures) { writer, failure in
            writer.object {
                $0.field("request_id", failure.sample.requestID.description)
                $0.field("code", failure.sample.errorCode?.rawValue)
                $0.field("project", failure.sample.project?.description ?? "other")
                $0.field("model", failure.sample.model?.description)
                $0.field("operation", failure.sample.operation.rawValue)
                $0.field("ago_ms", NativeAnswers.rounded(failure.age))
            }
        }
    }
}
