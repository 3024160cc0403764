public import Application
public import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes one line a request into the log.
///
/// It does not go through a `Logger`: the line is made without the dictionary of metadata that one would need.
public struct LogRequestRecorder: RequestRecorder {
    private let writer: LogWriter
    private let format: LogFormat
    private let level: Logger.Level
    private let clock: any ServiceClock

    /// Creates a recorder.
    ///
    /// - Parameters:
    ///   - writer: who writes the lines.
    ///   - format: how they look.
    ///   - level: the least level that is written; failures of the service or an engine are warnings, all else is
    ///     information.
    ///   - clock: the time.
    public init(writer: LogWriter, format: LogFormat, level: Logger.Level, clock: any ServiceClock) {
        self.writer = writer
        self.format = format
        self.level = level
        self.clock = clock
    }

    /// Writes the line of a request that has ended.
    ///
    /// Does not block.
    public func record(_ record: RequestRecord) {
        let level: Logger.Level = record.status >= 500 ? .warning : .info
        guard level >= self.level else { return }
        let message =
            switch record.ending {
            case .completed: "request completed"
            case .failed: "request failed"
            case .cancelled: "request cancelled"
            }
        self.writer.write(
            self.format.line(
                time: self.clock.wallTime,
                level: level,
                message: message,
                content: RequestLogLine(record: record)
            )
        )
    }
}
