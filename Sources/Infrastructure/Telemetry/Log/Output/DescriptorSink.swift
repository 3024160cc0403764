#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes to an open file descriptor: standard error.
struct DescriptorSink: LogSink {
    /// A pipe that polls as writable takes this many bytes without blocking (POSIX, `limits.h`).
    private static let chunk = Int(PIPE_BUF)
    /// How long one look for room takes.
    private static let pollMilliseconds: Int32 = 100

    let descriptor: Int32
    /// After how many looks in vain a hurried writer gives up: two seconds.
    var patience = 20

    func write(_ lines: [UInt8], isHurried: () -> Bool) -> Int {
        var start = 0
        var attempts = 0
        while start < lines.count {
            switch self.writeChunk(lines[start...]) {
            case .written(let count):
                start += count
                attempts = 0
            case .full:
                attempts += 1
                if attempts >= self.patience, isHurried() { return lines[start...].lineCount }
            case .broken: return lines[start...].lineCount
            }
        }
        return 0
    }

    private enum Outcome {
        case written(Int)
        case full
        case broken
    }

    /// Looks first whether there is room: a reader that has stopped must not hold the thread for ever.
    private func writeChunk(_ bytes: ArraySlice<UInt8>) -> Outcome {
        var state = pollfd(fd: self.descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&state, 1, Self.pollMilliseconds) == 1 else { return .full }
        let written = bytes.prefix(Self.chunk).withUnsafeBytes {
            systemWrite(self.descriptor, $0.baseAddress, $0.count)
        }
        if written > 0 { return .written(written) }
        return errno == EINTR || errno == EAGAIN ? .full : .broken
    }
}

/// `write(2)`, under a name that a method of the same name does not hide.
func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
