public import Application
public import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes one line a request into the log, and into the request log.
///
/// It does not go through a `Logger`: the line is made without the dictionary of metadata that one would need.
public struct LogRequestRecorder: RequestRecorder {
    private let writer: LogWriter
    private let format: LogFormat
    private let level: Logger.Level
    private let requestLog: LogWriter?

    /// Creates a recorder.
    ///
    /// - Parameters:
    ///   - writer: who writes the lines.
    ///   - format: how they look.
    ///   - level: the least level that is written; failures of the service or an engine are warnings, all else is
    ///     information.
    ///   - requestLog: who writes the request log, which has the lines of all requests as JSON; nil where there is none.
    public init(
        writer: LogWriter,
        format: LogFormat,
        level: Logger.Level,
        requestLog: LogWriter? = nil
    ) {
        self.writer = writer
        self.format = format
        self.level = level
        self.requestLog = requestLog
    }

    /// Writes the lines of a request that has ended.
    ///
    /// Does not block.
    public func record(_ record: RequestRecord) {
        let level: Logger.Level = record.status >= 500 ? .warning : .info
        let isLogged = level >= self.level
        guard isLogged || self.requestLog != nil else { return }
        let message =
            switch record.ending {
            case .completed: "request completed"
            case .failed: "request failed"
            case .cancelled: "request cancelled"
            }
        // When the request ended, whenever its record comes here.
        let time = record.arrivedAt.addingTimeInterval(record.total.inSeconds)
        func line(_ format: LogFormat) -> [UInt8] {
            format.line(time: time, level: level, message: message, content: RequestLogLine(record: record))
        }
        var json: [UInt8]?
        if let requestLog {
            let line = line(.json)
            requestLog.write(line)
            json = line
        }
        // Where both are JSON, the line is made once.
        if isLogged { self.writer.write(self.format == .json ? json ?? line(.json) : line(self.format)) }
    }
}
