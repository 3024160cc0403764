public import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes each record as a line that people read.
public struct TerminalLogHandler: LogHandler {
    /// The least level that is written.
    public var logLevel: Logger.Level
    /// What every record of this logger carries.
    public var metadata = Logger.Metadata()
    /// What the task at hand adds to every record.
    public var metadataProvider: Logger.MetadataProvider?
    private let format: LogFormat
    private let writer: LogWriter

    /// Creates a handler that writes to a writer, which many handlers share.
    public init(
        level: Logger.Level,
        colours: Bool,
        writer: LogWriter,
        metadataProvider: Logger.MetadataProvider? = nil
    ) {
        self.logLevel = level
        self.format = .terminal(colours: colours)
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
                message: event.message.description,
                content: content
            )
        )
    }
}
