#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The guard's child, the leader of a process group of its own.
struct GuardedChild {
    /// Why it could not be started.
    struct Failure: Error {
        /// The system's error number.
        let number: Int32
    }

    #if canImport(Darwin)
    private typealias Attributes = posix_spawnattr_t?
    private typealias FileActions = posix_spawn_file_actions_t?
    #else
    private typealias Attributes = posix_spawnattr_t
    private typealias FileActions = posix_spawn_file_actions_t
    #endif

    /// Its process id, which is also its group's.
    let pid: pid_t

    /// Starts a command, which is looked for on `PATH` if it has no slash.
    ///
    /// - Parameter command: the program and its arguments; not empty.
    /// - Throws: ``Failure`` if the system cannot start it.
    init(_ command: [String]) throws(Failure) {
        var attributes = GuardedChild.makeAttributes()
        defer { posix_spawnattr_destroy(&attributes) }
        #if canImport(Darwin)
        var actions: FileActions = nil
        #else
        var actions = FileActions()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // The guard's standard input is the service's pipe: a child that held it would hide the service's end.
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)

        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let result = posix_spawnp(&pid, command[0], &actions, &attributes, arguments, environ)
        guard result == 0 else { throw Failure(number: result) }
        self.pid = pid
    }

    /// Whether it has ended.
    ///
    /// It stays a zombie until ``reap()``.
    var hasEnded: Bool {
        var info = siginfo_t()
        let result = waitid(P_PID, id_t(self.pid), &info, WEXITED | WNOHANG | WNOWAIT)
        if result != 0 { return errno == ECHILD }
        return info.si_signo == SIGCHLD
    }

    /// Sends a signal to the whole group.
    func signalGroup(_ number: Int32) {
        _ = kill(-self.pid, number)
    }

    /// Takes the ended child's status.
    ///
    /// - Returns: its exit status, or 128 and the number of the signal that ended it.
    func reap() -> Int32 {
        var status: Int32 = 0
        while waitpid(self.pid, &status, 0) < 0 {
            if errno != EINTR { return 255 }
        }
        // WIFEXITED and its siblings are macros, which Swift does not see.
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }

    /// A group of its own, no signal blocked, and every signal that the guard or the service handles or ignores at its
    /// default: what is ignored would stay ignored in the child.
    private static func makeAttributes() -> Attributes {
        #if canImport(Darwin)
        var attributes: Attributes = nil
        #else
        var attributes = Attributes()
        #endif
        posix_spawnattr_init(&attributes)
        var none = sigset_t()
        sigemptyset(&none)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for number in [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGCHLD, SIGUSR1, SIGUSR2, SIGALRM] {
            sigaddset(&defaults, number)
        }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = Int32(POSIX_SPAWN_SETPGROUP) | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        posix_spawnattr_setflags(&attributes, Int16(flags))
        return attributes
    }
}
