#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Settings of the process as a whole.
enum FileLimit {
    /// How many files a process of this user may have open at most; 0 where the system does not say.
    static var hard: Int {
        var limit = rlimit()
        guard getrlimit(self.resource, &limit) == 0 else { return 0 }
        return Int(clamping: limit.rlim_max)
    }

    #if canImport(Glibc)
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
    private static let resource = RLIMIT_NOFILE
    #endif

    /// Raises the soft limit of open files to the hard one: every caller and every engine connection takes one.
    ///
    /// - Returns: the limit that holds now.
    static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(self.resource, &limit) == 0 else { return 0 }
        limit.rlim_cur = limit.rlim_max
        #if canImport(Darwin)
        // macOS refuses anything above this, whatever the hard limit says.
        limit.rlim_cur = min(limit.rlim_cur, rlim_t(OPEN_MAX))
        #endif
        _ = setrlimit(self.resource, &limit)
        guard getrlimit(self.resource, &limit) == 0 else { return 0 }
        return Int(clamping: limit.rlim_cur)
    }
}

/// How the process takes signals.
enum SignalPolicy {
    /// A log reader that is gone must not end the service, nor a file that has reached its size limit (`ulimit -f`):
    /// whoever writes is told of it.
    static func ignoreFailedWrites() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }
}

/// Standard error for the words of a command, not for logs.
enum StandardError {
    static func write(_ text: String) {
        RawOutput.write(Array(text.utf8), to: STDERR_FILENO)
    }
}

/// Standard output for what other programs read.
enum StandardOutput {
    static func write(_ text: String) {
        self.write(Array(text.utf8))
    }

    static func write(_ bytes: [UInt8]) {
        RawOutput.write(bytes, to: STDOUT_FILENO)
    }
}

/// Writes without a buffer: whoever waits for a line sees it at once.
private enum RawOutput {
    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { buffer in
                #if canImport(Glibc)
                Glibc.write(descriptor, buffer.baseAddress, buffer.count)
                #else
                Darwin.write(descriptor, buffer.baseAddress, buffer.count)
                #endif
            }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }
}
