#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes to a file, and puts it aside for a new one before it grows beyond its size: `service.log` becomes
/// `service.log.1`, that becomes `service.log.2`, and the oldest is removed.
struct RotatingFileSink: LogSink {
    /// Why the file cannot be opened.
    struct OpenError: Error, CustomStringConvertible {
        let description: String
    }

    private let path: String
    private let maxBytes: Int
    private let files: Int
    private var file: OpenFile
    private var size: Int

    /// Opens the file, to write behind what is in it.
    ///
    /// - Parameters:
    ///   - path: where the file is.
    ///   - maxBytes: the size that it may reach.
    ///   - files: how many files there are at most, the present one included.
    /// - Throws: ``OpenError`` with the system's reason.
    init(path: String, maxBytes: Int, files: Int) throws(OpenError) {
        self.path = path
        self.maxBytes = maxBytes
        self.files = files
        (self.file, self.size) = try RotatingFileSink.open(path)
    }

    mutating func write(_ lines: [UInt8], isHurried: () -> Bool) -> Int {
        var rest = lines[...]
        while !rest.isEmpty {
            let part = self.fitting(rest)
            if part.isEmpty {
                // Without a new file it goes on in the old one: too large a log is better than none.
                if !self.rotate() { return self.append(rest) ? 0 : rest.lineCount }
            } else {
                guard self.append(part) else { return rest.lineCount }
                rest = rest[part.endIndex...]
            }
        }
        return 0
    }

    /// The whole lines at the front for which there is room; in an empty file at least one.
    private func fitting(_ lines: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let room = max(0, self.maxBytes - self.size)
        if lines.count <= room { return lines }
        let newline = UInt8(ascii: "\n")
        if let end = lines.prefix(room).lastIndex(of: newline) { return lines[...end] }
        guard self.size == 0 else { return [] }
        return lines.firstIndex(of: newline).map { lines[...$0] } ?? lines
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { systemWrite(self.file.descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return false }
            self.size += written
            rest = rest.dropFirst(written)
        }
        return true
    }

    private mutating func rotate() -> Bool {
        if self.files == 1 {
            guard unlink(self.path) == 0 else { return false }
        } else {
            for number in stride(from: self.files - 2, to: 0, by: -1) {
                _ = rename("\(self.path).\(number)", "\(self.path).\(number + 1)")
            }
            guard rename(self.path, "\(self.path).1") == 0 else { return false }
        }
        guard let (file, size) = try? RotatingFileSink.open(self.path) else { return false }
        self.file = file
        self.size = size
        return true
    }

    private static func open(_ path: String) throws(OpenError) -> (OpenFile, size: Int) {
        let descriptor = openForAppending(path)
        guard descriptor >= 0 else { throw OpenError(description: String(cString: strerror(errno))) }
        let file = OpenFile(descriptor: descriptor)
        let size = lseek(descriptor, 0, SEEK_END)
        return (file, max(0, Int(size)))
    }

    /// Closes the descriptor with its last owner.
    private final class OpenFile: Sendable {
        let descriptor: Int32

        init(descriptor: Int32) {
            self.descriptor = descriptor
        }

        deinit {
            close(self.descriptor)
        }
    }
}

/// `open(2)`, under a name that a method of the same name does not hide.
///
/// Others than the owner and the group see nothing.
private func openForAppending(_ path: String) -> Int32 {
    open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
}
