import Domain
import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes a record as one JSON object.
enum JSONLogLine {
    static func render(
        time: Date,
        level: Logger.Level,
        logger: String?,
        message: String,
        content: some LogContent
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.field("time", LogTime.text(time))
            writer.field("level", level.rawValue)
            writer.field("logger", logger)
            writer.field("message", message)
            content.write(to: &writer)
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }
}
