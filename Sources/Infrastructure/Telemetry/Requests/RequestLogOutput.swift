public import Application

/// The request log as it is configured: the files in the data directory, and who writes to them.
public struct RequestLogOutput: Sendable {
    /// What the lines of requests are written to; nil where the log is switched off.
    ///
    /// Close it last, or the last lines are lost.
    public let writer: LogWriter?
    /// Who keeps whole exchanges; nil where nothing is captured.
    public let exchanges: ExchangeLog?

    /// Opens the files.
    ///
    /// - Parameters:
    ///   - settings: the section of the configuration.
    ///   - directory: where the files are; it must exist.
    ///   - clock: the time.
    ///   - metrics: where lines are counted that could not be written.
    /// - Throws: ``ConfigurationError`` if a file cannot be opened.
    public init(
        _ settings: ServiceConfiguration.RequestLog,
        directory: String,
        clock: any ServiceClock,
        metrics: any Metrics
    ) throws(ConfigurationError) {
        func writer(_ log: LogName) throws(ConfigurationError) -> LogWriter {
            let path = "\(directory)/\(log.fileName)"
            let label = MetricLabel("log", log.rawValue)
            do {
                let sink = try RotatingFileSink(path: path, maxBytes: settings.maxBytes, files: settings.files)
                return LogWriter(sink: sink, format: .json, capacity: settings.maxBufferedBytes) { lost in
                    metrics.add(lost, to: .requestLogDropped, [label])
                }
            } catch {
                let detail = "The file '\(path)' cannot be opened: \(error)."
                throw ConfigurationError(problems: [.init(key: "request_log", origin: nil, detail: detail)])
            }
        }
        self.writer = settings.isEnabled ? try writer(.requests) : nil
        self.exchanges =
            settings.capture == 0
            ? nil
            : ExchangeLog(
                writer: try writer(.exchanges),
                limit: settings.capture,
                bodyLimit: settings.captureBodyBytes,
                clock: clock
            )
    }

    /// Writes what waits, and from now on every line at once.
    public func close() {
        self.writer?.close()
        self.exchanges?.close()
    }
}
