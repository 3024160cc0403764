public import Domain

/// A line of the output file or the error file of a batch, in OpenAI's shape.
public enum BatchOutputLine {
    /// Writes a line, with its line break.
    ///
    /// - Parameters:
    ///   - outcome: what became of the item.
    ///   - batch: the batch.
    ///   - line: the item's line in the input file; it makes the line's own id.
    ///   - customID: what its maker calls it.
    /// - Returns: JSON in UTF-8.
    public static func bytes(_ outcome: BatchOutcome, batch: BatchID, line: Int, customID: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.field("id", "batch_req_\(batch.description.dropFirst("batch_".count))_\(line)")
            writer.field("custom_id", customID)
            switch outcome {
            case .answered(let status, let requestID, let body):
                writer.key("response")
                writer.object { writer in
                    writer.field("status_code", status)
                    writer.field("request_id", requestID.description)
                    writer.key("body")
                    // In JSON a line break can only stand between values.
                    writer.raw(body.lazy.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
                }
                writer.nullField("error")
            case .unanswered(let reason):
                writer.nullField("response")
                writer.key("error")
                writer.object { writer in
                    writer.field("code", reason.rawValue)
                    writer.field("message", reason.message)
                }
            }
        }
        return writer.bytes + [0x0A]
    }
}
