import Domain

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A batch in OpenAI's shape, with `paused_at`, `request_counts.running` and `estimated_completion_at` of ours.
enum BatchJSON {
    /// Writes the fields of a batch.
    static func write(_ batch: Batch, at now: Date, to writer: inout JSONWriter) {
        writer.field("id", batch.id.description)
        writer.field("object", "batch")
        writer.field("endpoint", batch.endpoint.rawValue)
        writer.key("errors")
        BatchJSON.write(batch.errors, to: &writer)
        writer.field("input_file_id", batch.inputFile.description)
        writer.field("completion_window", batch.window.description)
        writer.field("status", batch.status.rawValue)
        writer.nullable("output_file_id", batch.outputFile?.description)
        writer.nullable("error_file_id", batch.errorFile?.description)
        writer.time("created_at", batch.createdAt)
        writer.time("in_progress_at", batch.inProgressAt)
        writer.time("expires_at", batch.expiresAt)
        writer.time("finalizing_at", batch.finalizingAt)
        writer.time("completed_at", batch.completedAt)
        writer.time("failed_at", batch.failedAt)
        writer.time("expired_at", batch.expiredAt)
        writer.time("cancelling_at", batch.cancellingAt)
        writer.time("cancelled_at", batch.cancelledAt)
        writer.time("paused_at", batch.pausedAt)
        writer.time("estimated_completion_at", batch.estimatedEnd(at: now))
        writer.key("request_counts")
        writer.object { writer in
            writer.field("total", batch.counts.total)
            writer.field("completed", batch.counts.completed)
            writer.field("failed", batch.counts.failed)
            writer.field("running", batch.running)
        }
        writer.key("usage")
        writer.object { BatchJSON.write(batch.usage, to: &$0) }
        writer.key("metadata")
        guard !batch.metadata.isEmpty else { return writer.null() }
        writer.object { writer in
            for label in batch.metadata { writer.field(label.key, label.value) }
        }
    }

    private static func write(_ usage: BatchUsage, to writer: inout JSONWriter) {
        writer.field("input_tokens", usage.input)
        writer.key("input_tokens_details")
        writer.object { $0.field("cached_tokens", usage.cached) }
        writer.field("output_tokens", usage.output)
        writer.key("output_tokens_details")
        writer.object { $0.field("reasoning_tokens", usage.reasoning) }
        writer.field("total_tokens", usage.input + usage.output)
    }

    private static func write(_ problems: [BatchProblem], to writer: inout JSONWriter) {
        guard !problems.isEmpty else { return writer.null() }
        writer.object { writer in
            writer.field("object", "list")
            writer.key("data")
            writer.array(problems) { writer, problem in
                writer.object { writer in
                    writer.field("code", problem.code.rawValue)
                    writer.field("message", problem.message)
                    writer.nullable("param", problem.param)
                    writer.nullable("line", problem.line)
                }
            }
        }
    }
}
