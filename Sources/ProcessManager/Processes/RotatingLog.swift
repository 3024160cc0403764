import Synchronization
import SystemPackage

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A text file that never grows beyond its share of the disk: `ollama.log`, and when that is full `ollama.log.1` and so on.
///
/// Failing to write a log line fails nothing else: a full disk must not stop an engine.
public final class RotatingLog: Sendable {
    private struct State {
        var descriptor: FileDescriptor?
        var size = 0
    }

    private let path: String
    private let maxBytes: Int
    private let files: Int
    private let state = Mutex(State())

    /// Creates a log; the file is opened by the first line.
    ///
    /// - Parameters:
    ///   - path: the newest file. Its directory must exist.
    ///   - maxBytes: the largest size of one file, in bytes; at least 1024.
    ///   - files: how many files are kept, the newest included; at least 1.
    public init(path: String, maxBytes: Int = 10_485_760, files: Int = 5) {
        self.path = path
        self.maxBytes = max(1024, maxBytes)
        self.files = max(1, files)
    }

    deinit {
        self.state.withLock { try? $0.descriptor?.close() }
    }

    /// Appends a line.
    ///
    /// - Parameter line: the text, without a line end.
    public func append(_ line: String) {
        let bytes = Array(line.utf8) + [UInt8(ascii: "\n")]
        self.state.withLock { state in
            if state.descriptor == nil { self.open(&state) }
            if state.size > 0, state.size + bytes.count > self.maxBytes { self.rotate(&state) }
            guard let descriptor = state.descriptor else { return }
            state.size += (try? descriptor.writeAll(bytes)) ?? 0
        }
    }

    private func open(_ state: inout State) {
        state.descriptor = try? FileDescriptor.open(
            FilePath(self.path),
            .writeOnly,
            options: [.append, .create, .closeOnExec],
            permissions: [.ownerReadWrite, .groupRead]
        )
        state.size = Int((try? state.descriptor?.seek(offset: 0, from: .end)) ?? 0)
    }

    /// Moves each file one place back; the last one is overwritten.
    private func rotate(_ state: inout State) {
        try? state.descriptor?.close()
        state.descriptor = nil
        for number in stride(from: self.files - 1, to: 0, by: -1) {
            _ = rename(number == 1 ? self.path : "\(self.path).\(number - 1)", "\(self.path).\(number)")
        }
        if self.files == 1 { _ = unlink(self.path) }
        self.open(&state)
    }
}
