import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where the signal handler writes to.
///
/// A handler may use little more than `write`, and an atomic is safe to read there.
private let writeEnd = Atomic<Int32>(-1)

/// Turns signals into bytes on a pipe, so that one `poll` can wait for them and for everything else.
struct SignalPipe {
    /// The descriptor to wait on.
    let readEnd: Int32

    /// Catches some signals from now on, and ignores SIGPIPE.
    ///
    /// For the guard only: there is one such pipe in a process.
    ///
    /// - Returns: nil if there can be no pipe; `errno` says why.
    init?(_ signals: Int32...) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        self.readEnd = ends[0]
        writeEnd.store(ends[1], ordering: .sequentiallyConsistent)
        for number in signals {
            signal(number) { number in
                let saved = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = write(writeEnd.load(ordering: .relaxed), &byte, 1)
                errno = saved
            }
        }
        signal(SIGPIPE, SIG_IGN)
        // Whoever started the guard may have blocked them, and that is inherited.
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
    }

    /// The signals that have come since the last call.
    func take() -> [Int32] {
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = read(self.readEnd, &buffer, buffer.count)
        return buffer.prefix(max(0, count)).map(Int32.init)
    }
}
