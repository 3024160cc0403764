#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A file of the disk that is open for reading; its calls block.
final class ContentFile: Sendable {
    private let descriptor: Int32
    /// Its length.
    let length: Int64

    /// Opens a file; nil if it cannot be.
    init?(path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        var status = stat()
        self.length = fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
    }

    deinit {
        close(self.descriptor)
    }

    /// Reads a part of it, which is shorter only at its end; nil if that fails.
    func read(at offset: Int64, atMost count: Int) -> [UInt8]? {
        let wanted = max(0, min(Int64(count), self.length - offset))
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(wanted)) { buffer, filled in
            while filled < buffer.count {
                let got = pread(
                    self.descriptor,
                    buffer.baseAddress.map { $0 + filled },
                    buffer.count - filled,
                    off_t(offset) + off_t(filled)
                )
                if got < 0, errno == EINTR { continue }
                failed = got < 0
                guard got > 0 else { return }
                filled += got
            }
        }
        return failed ? nil : bytes
    }
}
