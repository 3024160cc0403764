#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A log that operators may read.
public enum LogName: String, Sendable, CaseIterable {
    /// One JSON line for each inference request that has ended.
    case requests
    /// Whole exchanges, one JSON line each, where they are captured.
    case exchanges
    /// The service's own log, where it goes to a file.
    case service
    /// What an Ollama wrote that the service has started.
    case ollama
    /// What the bundled engine wrote.
    case bundledEngine = "bundled-engine"

    /// Its file in the directory of logs.
    public var fileName: String {
        switch self {
        case .requests, .exchanges: "\(self.rawValue).jsonl"
        case .service, .ollama, .bundledEngine: "\(self.rawValue).log"
        }
    }

    /// Whether what callers say is in it: it is read where it lies, and told nobody over HTTP.
    public var isPrivate: Bool { self == .exchanges }

    /// Whether each line is a JSON object.
    public var hasJSONLines: Bool {
        switch self {
        case .requests, .exchanges, .service: true
        case .ollama, .bundledEngine: false
        }
    }
}

/// Reads logs: a port.
///
/// Every method throws an error of the file system, which is for operators.
public protocol LogArchive: Sendable {
    /// The logs that there are.
    func logs() async throws -> [LogFile]
    /// The last lines of a log, also of files that were put aside.
    func tail(_ log: LogName, _ query: LogQuery) async throws -> LogPiece
    /// What has been written behind a piece, in whole lines; empty if nothing has.
    func next(_ log: LogName, after position: LogPosition) async throws -> LogPiece
}

/// A log that is there.
public struct LogFile: Sendable, Equatable {
    /// Its name.
    public var log: LogName
    /// Its size, in bytes, without the files that were put aside.
    public var bytes: Int
    /// When it was written last.
    public var modifiedAt: Date

    /// Describes a log.
    public init(log: LogName, bytes: Int, modifiedAt: Date) {
        self.log = log
        self.bytes = bytes
        self.modifiedAt = modifiedAt
    }
}

/// Which lines of a log are wanted.
public struct LogQuery: Sendable, Equatable {
    /// The most lines that are told at once.
    public static let lineLimit = 10_000
    /// What they may take together, in bytes.
    public static let byteLimit = 16_777_216

    /// How many, 1 to ``lineLimit``: the last.
    public var lines: Int
    /// Only lines with this text in them; empty is every line.
    public var text: String

    /// Wishes for lines.
    public init(lines: Int, containing text: String = "") {
        self.lines = lines
        self.text = text
    }

    /// Whether a line is wanted.
    public func wants(_ line: some Collection<UInt8>) -> Bool {
        let wanted = Array(self.text.utf8)
        guard let first = wanted.first else { return true }
        var rest = line[...]
        while rest.count >= wanted.count, let index = rest.firstIndex(of: first) {
            rest = rest[index...]
            if rest.starts(with: wanted) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}

/// Some lines of a log, and where they end.
public struct LogPiece: Sendable, Equatable {
    /// The lines with their ends, oldest first.
    public var bytes: [UInt8]
    /// Where they end.
    public var position: LogPosition

    /// Puts both together.
    public init(bytes: [UInt8], position: LogPosition) {
        self.bytes = bytes
        self.position = position
    }
}

/// A place in a log.
public struct LogPosition: Sendable, Equatable {
    /// The number of the file in its file system; 0 where there is none.
    public var file: UInt64
    /// How far it has been read, in bytes.
    public var offset: Int

    /// Names a place.
    public init(file: UInt64, offset: Int) {
        self.file = file
        self.offset = offset
    }
}
