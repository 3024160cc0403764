import Logging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How a record of the log is written as a line.
public enum LogFormat: Sendable, Equatable {
    /// One JSON object: for machines.
    case json
    /// Columns, then `key=value`: for people at a terminal.
    case terminal(colours: Bool)

    /// Chooses by who reads: people at a terminal, in colours unless they do not want them (no-color.org).
    public static func preferred(isTerminal: Bool, environment: [String: String]) -> LogFormat {
        guard isTerminal else { return .json }
        let isPlain = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
        return .terminal(colours: !isPlain)
    }

    /// Renders one record, its line end included.
    func line(
        time: Date,
        level: Logger.Level,
        logger: String? = nil,
        message: String,
        content: some LogContent
    ) -> [UInt8] {
        switch self {
        case .json: JSONLogLine.render(time: time, level: level, logger: logger, message: message, content: content)
        case .terminal(let colours):
            TerminalLogLine.render(time: time, level: level, message: message, content: content, colours: colours)
        }
    }
}
