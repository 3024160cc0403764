public import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes each record as one line: time, level, message, then the metadata; in JSON the logger's label as well.
public struct LineLogHandler: LogHandler {
    /// The least level that is written.
    public var logLevel: Logger.Level
    /// What every record of this logger carries.
    public var metadata = Logger.Metadata()
    /// What the task at hand adds to every record.
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let format: LogFormat
    private let writer: LogWriter

    /// Creates a handler that writes to a writer, which many handlers share.
    public init(
        label: String,
        format: LogFormat,
        level: Logger.Level,
        writer: LogWriter,
        metadataProvider: Logger.MetadataProvider? = nil
    ) {
        self.label = label
        self.format = format
        self.logLevel = level
        self.writer = writer
        self.metadataProvider = metadataProvider
    }

    /// One value of the metadata.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    /// Writes a record.
    public func log(event: LogEvent) {
        let content = MetadataContent(handler: self.metadata, provider: self.metadataProvider, event: event)
        self.writer.write(
            self.format.line(
                time: Date(),
                level: event.level,
                logger: self.label,
                message: event.message.description,
                content: content
            )
        )
    }
}
