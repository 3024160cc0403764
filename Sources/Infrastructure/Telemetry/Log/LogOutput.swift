import Application
public import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The log as it is configured: where it goes, how it looks, and who writes to it.
public struct LogOutput: Sendable {
    /// What all handlers write to.
    ///
    /// Close it last, or the last lines are lost.
    public let writer: LogWriter
    /// How the lines look.
    public let format: LogFormat
    /// The least level that is written.
    public let level: Logger.Level

    /// Opens the log.
    ///
    /// - Parameters:
    ///   - log: the section of the configuration.
    ///   - environment: the variables of the process; they tell whether a terminal wants colours.
    /// - Throws: ``ConfigurationError`` if the file cannot be opened.
    public init(_ log: ServiceConfiguration.Log, environment: [String: String]) throws(ConfigurationError) {
        self.level = log.level
        guard let path = log.file else {
            let isTerminal = isatty(STDERR_FILENO) == 1
            self.format = .preferred(isTerminal: isTerminal, environment: environment)
            self.writer = LogWriter(sink: DescriptorSink(descriptor: STDERR_FILENO), format: self.format)
            return
        }
        self.format = .json
        do {
            let sink = try RotatingFileSink(path: path, maxBytes: log.maxBytes, files: log.files)
            self.writer = LogWriter(sink: sink, format: .json)
        } catch {
            let detail = "The file '\(path)' cannot be opened: \(error)."
            throw ConfigurationError(problems: [.init(key: "log.file", origin: nil, detail: detail)])
        }
    }

    /// A handler for a logger: what `LoggingSystem.bootstrap` wants.
    public func handler(label: String, metadataProvider: Logger.MetadataProvider? = nil) -> any LogHandler {
        LineLogHandler(
            label: label,
            format: self.format,
            level: self.level,
            writer: self.writer,
            metadataProvider: metadataProvider
        )
    }

    /// A logger that writes here, whatever the process' logging system is.
    public func logger(label: String) -> Logger {
        Logger(label: label) { self.handler(label: $0) }
    }

    /// A recorder that writes one line a request.
    ///
    /// `requestLog`: who writes it into the request log as well; nil where there is none.
    public func recorder(requestLog: LogWriter?) -> LogRequestRecorder {
        LogRequestRecorder(
            writer: self.writer,
            format: self.format,
            level: self.level,
            requestLog: requestLog
        )
    }
}
