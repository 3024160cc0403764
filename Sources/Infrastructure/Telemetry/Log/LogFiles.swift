public import Application
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The logs in the data directory, read on threads that may block.
public struct LogFiles: LogArchive {
    /// Why a log cannot be read.
    struct ReadError: Error, CustomStringConvertible {
        let description: String
    }

    private let directory: String
    private let serviceLog: String?
    private let threads: NIOThreadPool

    /// Names the logs.
    ///
    /// - Parameters:
    ///   - directory: where they are.
    ///   - serviceLog: the file of the service's own log; nil where that goes elsewhere.
    public init(directory: String, serviceLog: String?) {
        self.directory = directory
        self.serviceLog = serviceLog
        self.threads = .singleton
    }

    /// See ``LogArchive/logs()``.
    public func logs() async throws -> [LogFile] {
        try await self.threads.runIfActive {
            LogName.allCases.compactMap { log in
                guard let path = self.path(of: log), let state = FileState(path: path) else { return nil }
                return LogFile(log: log, bytes: state.size, modifiedAt: state.modifiedAt)
            }
        }
    }

    /// See ``LogArchive/tail(_:_:)``.
    ///
    /// - Throws: ``ReadError``.
    public func tail(_ log: LogName, _ query: LogQuery) async throws -> LogPiece {
        guard let path = self.path(of: log) else { return LogPiece(bytes: [], position: .init(file: 0, offset: 0)) }
        return try await self.threads.runIfActive {
            var lines = LastLines(query)
            var position = LogPosition(file: 0, offset: 0)
            for number in 0... {
                guard let file = try OpenLog(number == 0 ? path : "\(path).\(number)") else { break }
                let end = try lines.add(file)
                if number == 0 { position = LogPosition(file: file.state.number, offset: end) }
                if lines.isFull { break }
            }
            return LogPiece(bytes: lines.bytes, position: position)
        }
    }

    /// See ``LogArchive/next(_:after:)``.
    ///
    /// - Throws: ``ReadError``.
    public func next(_ log: LogName, after position: LogPosition) async throws -> LogPiece {
        guard let path = self.path(of: log) else { return LogPiece(bytes: [], position: position) }
        return try await self.threads.runIfActive {
            guard let file = try OpenLog(path) else { return LogPiece(bytes: [], position: position) }
            if file.state.number == position.file { return try Self.lines(of: file, from: position.offset) }
            // The file was put aside: first the rest of it.
            if let last = try OpenLog("\(path).1"), last.state.number == position.file {
                let rest = try Self.lines(of: last, from: position.offset)
                if !rest.bytes.isEmpty { return rest }
            }
            return try Self.lines(of: file, from: 0)
        }
    }

    /// The whole lines of a file from a place on, as many as are read at once.
    private static func lines(of file: OpenLog, from offset: Int) throws(ReadError) -> LogPiece {
        // A file that was emptied begins anew.
        let start = offset > file.state.size ? 0 : offset
        let bytes = try file.read(at: start, count: OpenLog.piece)
        let end =
            bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? (bytes.count == OpenLog.piece ? bytes.count : 0)
        return LogPiece(
            bytes: Array(bytes[..<end]),
            position: LogPosition(file: file.state.number, offset: start + end)
        )
    }

    private func path(of log: LogName) -> String? {
        log == .service ? self.serviceLog : "\(self.directory)/\(log.fileName)"
    }
}

/// What the file system knows of a file.
private struct FileState {
    let number: UInt64
    let size: Int
    let modifiedAt: Date

    init(_ status: stat) {
        self.number = UInt64(status.st_ino)
        self.size = Int(status.st_size)
        #if canImport(Darwin)
        let time = status.st_mtimespec
        #else
        let time = status.st_mtim
        #endif
        self.modifiedAt = Date(timeIntervalSince1970: Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)
    }

    /// Nil if there is no such file.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }
}

/// A file of a log, open for reading.
private final class OpenLog {
    /// So much is read at once, in bytes.
    static let piece = 1_048_576

    let state: FileState
    private let descriptor: Int32

    /// Nil if there is no such file.
    ///
    /// - Throws: ``LogFiles/ReadError`` if it cannot be opened.
    init?(_ path: String) throws(LogFiles.ReadError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw LogFiles.ReadError(description: "\(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            close(descriptor)
            throw LogFiles.ReadError(description: "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        self.descriptor = descriptor
        self.state = FileState(status)
    }

    deinit {
        close(self.descriptor)
    }

    /// Reads so many bytes, or what there is.
    func read(at offset: Int, count: Int) throws(LogFiles.ReadError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let read = bytes.withUnsafeMutableBytes { buffer in
                pread(self.descriptor, buffer.baseAddress?.advanced(by: filled), count - filled, off_t(offset + filled))
            }
            if read < 0, errno == EINTR { continue }
            guard read >= 0 else {
                throw LogFiles.ReadError(description: "a log cannot be read: \(String(cString: strerror(errno)))")
            }
            guard read > 0 else { break }
            filled += read
        }
        bytes.removeLast(count - filled)
        return bytes
    }
}

/// Collects lines from the last to the first.
private struct LastLines {
    private let query: LogQuery
    /// The lines without their ends, newest first.
    private var found: [ArraySlice<UInt8>] = []
    private var byteCount = 0
    private(set) var isFull = false

    init(_ query: LogQuery) {
        self.query = query
    }

    /// All of them, oldest first, each with its end.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.byteCount)
        for line in self.found.reversed() {
            bytes += line
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    /// Takes the lines of a file, which is older than those before.
    ///
    /// - Returns: where its last whole line ends.
    mutating func add(_ file: OpenLog) throws(LogFiles.ReadError) -> Int {
        let newline = UInt8(ascii: "\n")
        var lineEnd: Int?
        var end = file.state.size
        // The beginning of what has been read, up to the first line end in it.
        var carry: [UInt8] = []
        while end > 0, !self.isFull {
            let start = max(0, end - OpenLog.piece)
            var piece = try file.read(at: start, count: end - start)
            if lineEnd == nil {
                // What has no end yet is still being written.
                guard let last = piece.lastIndex(of: newline) else {
                    end = start
                    continue
                }
                lineEnd = start + last + 1
                piece.removeLast(piece.count - last - 1)
            }
            piece += carry
            if start == 0 {
                self.take(piece[...])
            } else if let first = piece.firstIndex(of: newline) {
                self.take(piece[(first + 1)...])
                carry = Array(piece[...first])
            } else {
                carry = piece
                // A line that nobody could be told.
                if carry.count > LogQuery.byteLimit { self.isFull = true }
            }
            end = start
        }
        return lineEnd ?? 0
    }

    /// Takes whole lines, from the last to the first.
    private mutating func take(_ bytes: ArraySlice<UInt8>) {
        for line in bytes.split(separator: UInt8(ascii: "\n")).reversed() where self.query.wants(line) {
            guard self.byteCount + line.count < LogQuery.byteLimit else {
                self.isFull = true
                return
            }
            self.found.append(line)
            self.byteCount += line.count + 1
            if self.found.count == self.query.lines {
                self.isFull = true
                return
            }
        }
    }
}
