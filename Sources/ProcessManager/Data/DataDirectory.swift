import SystemPackage

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Why the data directory cannot be used.
public struct DataDirectoryError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A sentence for the person who started the service.
    public let description: String
}

/// The directory in which the service keeps its files, held by this process alone for as long as the value lives.
///
/// Two services on one directory would start the same engines twice and write one database from two sides.
public final class DataDirectory: Sendable {
    /// The directory.
    public let path: String
    private let lock: FileDescriptor

    /// Where logs go: `ollama.log`, `requests.jsonl`.
    public var logs: String { "\(self.path)/logs" }

    /// Creates what is missing (for this user only) and takes the directory's lock.
    ///
    /// The lock belongs to the open file: the system gives it back even if the process is killed.
    ///
    /// - Throws: ``DataDirectoryError`` if it cannot be made, or if another process has it; the text names that process.
    public init(at path: String) throws(DataDirectoryError) {
        self.path = path
        try DataDirectory.create(at: path)
        try DataDirectory.create(at: "\(path)/logs")
        let file = "\(path)/lock"
        do {
            self.lock = try FileDescriptor.open(
                FilePath(file),
                .readWrite,
                options: [.create, .closeOnExec],
                permissions: .ownerReadWrite
            )
        } catch {
            throw DataDirectoryError(description: "cannot open \(file): \(error)")
        }
        guard flock(self.lock.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            let holder = DataDirectory.readHolder(self.lock)
            try? self.lock.close()
            throw DataDirectoryError(
                description: "the data directory \(path) is in use by \(holder): "
                    + "stop that one, or choose another directory with --data-dir"
            )
        }
        _ = ftruncate(self.lock.rawValue, 0)
        _ = try? self.lock.writeAll(toAbsoluteOffset: 0, Array("\(getpid())\n".utf8))
    }

    deinit {
        try? self.lock.close()
    }

    /// Creates a directory and what is missing above it, for this user only; one that exists is left as it is.
    ///
    /// - Throws: ``DataDirectoryError`` if that cannot be done.
    public static func create(at path: String) throws(DataDirectoryError) {
        if mkdir(path, 0o700) == 0 { return }
        switch errno {
        case EEXIST:
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw DataDirectoryError(description: "\(path) is not a directory")
            }
        case ENOENT:
            let parent = FilePath(path).removingLastComponent()
            guard !parent.isEmpty, parent != FilePath(path) else {
                throw DataDirectoryError(description: "cannot create the directory \(path)")
            }
            try self.create(at: parent.string)
            try self.create(at: path)
        case let number:
            throw DataDirectoryError(description: "cannot create the directory \(path): \(Errno(rawValue: number))")
        }
    }

    private static func readHolder(_ descriptor: FileDescriptor) -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = (try? bytes.withUnsafeMutableBytes { try descriptor.read(fromAbsoluteOffset: 0, into: $0) }) ?? 0
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        return Int32(text.prefix { $0 != "\n" }).map { "process \($0)" } ?? "another process"
    }
}
