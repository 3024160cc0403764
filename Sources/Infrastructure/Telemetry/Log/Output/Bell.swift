#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Wakes a sleeping thread: a pipe, in which a byte means "look".
///
/// `Mutex` has no condition to wait on, and a pipe needs neither unsafe memory nor another module.
final class Bell: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    /// Creates a bell, or nil if the process has no descriptors left.
    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        self.readEnd = ends[0]
        self.writeEnd = ends[1]
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // Ringing never blocks: a full pipe will wake the thread as well.
        _ = fcntl(self.writeEnd, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(self.readEnd)
        close(self.writeEnd)
    }

    /// Wakes the one who waits, or who waits next.
    func ring() {
        var byte: UInt8 = 1
        _ = systemWrite(self.writeEnd, &byte, 1)
    }

    /// Sleeps until it rings.
    ///
    /// False if that cannot happen any more.
    func wait() -> Bool {
        var bytes: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0]
        while true {
            let count = read(self.readEnd, &bytes, bytes.count)
            if count > 0 { return true }
            guard count < 0, errno == EINTR else { return false }
        }
    }
}
