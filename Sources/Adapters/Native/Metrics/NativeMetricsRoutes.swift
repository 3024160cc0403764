import Application
import Domain
import Hummingbird

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `GET /api/v1/metrics`: what has become of requests, and how the cache of images does.
///
/// A project sees its own requests, an admin all. The cache is everybody's.
struct NativeMetricsRoutes: Sendable {
    /// What a window may be, in minutes: above nothing and up to a year.
    private static let longestWindow: Double = 525_600

    let metrics: MetricsUseCase

    func addRoutes(to router: Router<ServiceContext>) {
        router.get("/api/v1/metrics") { request, context in
            let window = try NativeMetricsRoutes.window(of: request)
            return Response(json: self.body(self.metrics.totals(within: window, for: context.scope)))
        }
    }

    /// Reads `window_minutes`.
    private static func window(of request: Request) throws -> Duration? {
        guard let text = request.uri.queryParameters.get("window_minutes") else { return nil }
        guard let minutes = Double(text), minutes > 0, minutes <= self.longestWindow else {
            throw ServiceError(
                .invalidRequest,
                field: "/window_minutes",
                "'\(text.prefix(32))' is not a number of minutes above 0 and up to \(Int(self.longestWindow))."
            )
        }
        return .seconds(minutes * 60)
    }

    private func body(_ totals: RequestTotals) -> JSONWriter {
        var writer = JSONWriter(capacity: 1024)
        writer.object { writer in
            writer.field("total_requests", totals.count)
            writer.field("successful_requests", totals.successful)
            writer.field("failed_requests", totals.failed)
            Self.write("requests_by_model", totals.byModel, to: &writer)
            Self.write("requests_by_operation", totals.byOperation, to: &writer)
            writer.field("average_latency_ms", NativeAnswers.rounded(totals.meanDuration))
            for percent in [50, 95, 99] {
                let duration = totals.duration(percentile: Double(percent) / 100)
                writer.field("p\(percent)_latency_ms", NativeAnswers.rounded(duration))
            }
            Self.write("errors_by_type", totals.byError, to: &writer)
            writer.nullable("first_request_time", totals.first?.formatted(.iso8601))
            writer.nullable("last_request_time", totals.last?.formatted(.iso8601))
            writer.key("image_cache")
            writer.object { Self.write(self.metrics.images, to: &$0) }
        }
        return writer
    }

    private static func write(_ images: ImageStatistics, to writer: inout JSONWriter) {
        writer.field("entries", images.cache.entries)
        writer.field("bytes", images.cache.bytes)
        writer.field("hits", images.cache.hits)
        writer.field("misses", images.cache.misses)
        writer.field("hit_rate", images.cache.hitRate)
        writer.field("savings_bytes", images.savedBytes)
        writer.field("images_processed", images.processed)
    }

    private static func write(_ key: String, _ counts: [String: Int], to writer: inout JSONWriter) {
        writer.key(key)
        writer.object { writer in
            for (name, count) in counts.sorted(by: { $0.key < $1.key }) { writer.field(name, count) }
        }
    }
}
