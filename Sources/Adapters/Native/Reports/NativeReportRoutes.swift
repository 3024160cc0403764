import Application
import Domain
import HTTPTypes
import Hummingbird
import NIOCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// `GET /api/v1/performance/stats`, `/api/v1/analytics` and `/api/v1/usage`: what became of requests, from the usage
/// ledger.
///
/// A project sees its own requests, an admin all or those of one project.
struct NativeReportRoutes: Sendable {
    /// In which form analytics are answered.
    private enum Form: String, CaseIterable {
        case json
        case csv
    }

    let reports: ReportsUseCase

    func addRoutes(to router: Router<ServiceContext>) {
        router.get("/api/v1/performance/stats") { request, context in
            let parameters = ReportParameters(request)
            let project = try parameters.project(for: context)
            let report = try await self.reports.speed(
                parameters.window,
                for: project,
                model: parameters.model
            )
            return Response(json: Self.body(report))
        }
        router.get("/api/v1/analytics") { request, context in
            let parameters = ReportParameters(request)
            let form: Form = try parameters.word("format") ?? .json
            let project = try parameters.project(for: context)
            let report = try await self.reports.requests(
                parameters.window,
                for: project,
                model: parameters.model
            )
            return form == .csv ? Self.table(report) : Response(json: Self.body(report))
        }
        router.get("/api/v1/usage") { request, context in
            let parameters = ReportParameters(request)
            let query = UsageQuery(
                by: try parameters.word("by") ?? .day,
                since: try parameters.instant("since"),
                until: try parameters.instant("until"),
                project: try parameters.project(for: context)
            )
            return Response(json: Self.body(query, try await self.reports.usage(query)))
        }
    }

    // MARK: Speed

    private static func body(_ report: SpeedReport) -> JSONWriter {
        var writer = JSONWriter(capacity: 1024)
        writer.object { writer in
            self.write(report.all, to: &writer)
            writer.field("total_requests", report.all.requests)
            writer.key("by_model")
            writer.object { writer in
                for (model, figures) in report.byModel.sorted(by: { $0.key < $1.key }) {
                    writer.key(model)
                    writer.object { writer in
                        self.write(figures, to: &writer)
                        writer.field("request_count", figures.requests)
                    }
                }
            }
        }
        return writer
    }

    private static func write(_ figures: SpeedReport.Figures, to writer: inout JSONWriter) {
        writer.field("avg_tokens_per_second", (figures.tokensPerSecond * 1000).rounded() / 1000)
        writer.field("avg_load_time_ms", NativeAnswers.rounded(figures.meanLoad))
        writer.field("avg_generation_time_ms", NativeAnswers.rounded(figures.meanGeneration))
        writer.field("warm_start_rate", (figures.warmRate * 10_000).rounded() / 10_000)
    }

    // MARK: Analytics

    private static func body(_ report: RequestReport) -> JSONWriter {
        var writer = JSONWriter(capacity: 4096)
        writer.object { writer in
            self.write(report.counts, to: &writer)
            writer.field("success_rate", (report.successRate * 10_000).rounded() / 10_000)
            writer.field("requests_by_model", report.byModel)
            writer.field("requests_by_operation", report.byOperation)
            writer.field("requests_by_project", report.projects.mapValues(\.counts.requests))
            writer.field("p50_latency_ms", NativeAnswers.rounded(report.p50))
            writer.field("p95_latency_ms", NativeAnswers.rounded(report.p95))
            writer.field("p99_latency_ms", NativeAnswers.rounded(report.p99))
            writer.field("errors_by_type", report.byError)
            writer.key("project_metrics")
            writer.object { writer in
                for (name, project) in report.projects.sorted(by: { $0.key < $1.key }) {
                    writer.key(name)
                    writer.object { self.write(name, project, to: &$0) }
                }
            }
            writer.key("hourly_metrics")
            writer.array(report.hours) { writer, hour in
                writer.object { self.write(hour, to: &$0) }
            }
            writer.field("start_time", report.start.formatted(.iso8601))
            writer.field("end_time", report.end.formatted(.iso8601))
        }
        return writer
    }

    private static func write(_ counts: RequestCounts, to writer: inout JSONWriter) {
        writer.field("total_requests", counts.requests)
        writer.field("successful_requests", counts.completed)
        writer.field("failed_requests", counts.failed)
        writer.field("average_latency_ms", NativeAnswers.rounded(counts.meanLatency))
        writer.nullable("first_request_time", counts.first?.formatted(.iso8601))
        writer.nullable("last_request_time", counts.last?.formatted(.iso8601))
    }

    private static func write(_ name: String, _ project: RequestReport.Project, to writer: inout JSONWriter) {
        writer.field("project_name", name)
        self.write(project.counts, to: &writer)
        writer.field("total_latency_ms", NativeAnswers.rounded(project.counts.totalLatency))
        writer.field("requests_by_model", project.byModel)
        writer.field("requests_by_operation", project.byOperation)
    }

    private static func write(_ hour: RequestReport.Hour, to writer: inout JSONWriter) {
        writer.field("timestamp", hour.start.formatted(.iso8601))
        writer.field("requests_count", hour.counts.requests)
        writer.field("successful_count", hour.counts.completed)
        writer.field("failed_count", hour.counts.failed)
        writer.field("average_latency_ms", NativeAnswers.rounded(hour.counts.meanLatency))
        writer.field("requests_by_model", hour.byModel)
    }

    /// The projects as a table (RFC 4180), the one with the most requests first.
    private static func table(_ report: RequestReport) -> Response {
        var text = "project_name,total_requests,successful_requests,failed_requests,average_latency_ms,"
        text += "total_latency_ms,first_request_time,last_request_time\r\n"
        let projects = report.projects.sorted {
            ($1.value.counts.requests, $0.key) < ($0.value.counts.requests, $1.key)
        }
        for (name, project) in projects {
            let counts = project.counts
            let cells = [
                name, "\(counts.requests)", "\(counts.completed)", "\(counts.failed)",
                "\(NativeAnswers.rounded(counts.meanLatency))", "\(NativeAnswers.rounded(counts.totalLatency))",
                counts.first?.formatted(.iso8601) ?? "", counts.last?.formatted(.iso8601) ?? "",
            ]
            // Names of projects, numbers and times need no quotes.
            text += cells.joined(separator: ",") + "\r\n"
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/csv; charset=utf-8; header=present", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text))
        )
    }

    // MARK: Usage

    private static func body(_ query: UsageQuery, _ usage: (groups: [UsageGroup], total: UsageTotals)) -> JSONWriter {
        var writer = JSONWriter(capacity: 1024)
        writer.object { writer in
            writer.field("by", query.grouping.rawValue)
            writer.nullable("project", query.project?.description)
            writer.nullable("since", query.since?.formatted(.iso8601))
            writer.nullable("until", query.until?.formatted(.iso8601))
            writer.key("usage")
            writer.array(usage.groups) { writer, group in
                writer.object { writer in
                    writer.field(query.grouping.rawValue, group.key)
                    self.write(group.totals, to: &writer)
                }
            }
            writer.key("total")
            writer.object { self.write(usage.total, to: &$0) }
        }
        return writer
    }

    private static func write(_ totals: UsageTotals, to writer: inout JSONWriter) {
        writer.field("requests", totals.requests)
        writer.field("completed", totals.completed)
        writer.field("failed", totals.failed)
        writer.field("cancelled", totals.cancelled)
        writer.field("prompt_tokens", totals.promptTokens)
        writer.field("completion_tokens", totals.completionTokens)
        writer.field("cached_tokens", totals.cachedTokens)
        writer.field("total_tokens", totals.tokens)
    }
}

extension JSONWriter {
    /// Counts by name, in the order of the names.
    fileprivate mutating func field(_ key: String, _ counts: [String: Int]) {
        self.key(key)
        self.object { writer in
            for (name, count) in counts.sorted(by: { $0.key < $1.key }) { writer.field(name, count) }
        }
    }
}
