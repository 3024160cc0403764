#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The small process between the service and an engine that it started: `shared-ollama guard -- ollama serve`.
///
/// The system tells nobody when a process is killed outright, so an engine would outlive a service that got SIGKILL. The
/// guard does notice: its standard input is a pipe that the service holds open. When that ends, or when the guard gets
/// SIGTERM, SIGINT or SIGHUP, it stops the engine with everything that the engine started.
///
/// It does one thing and has nothing else to wait for, so it blocks.
public enum GuardProcess {
    /// The start of the one line that the guard writes itself; the child's process id follows.
    static let announcement = "shared-ollama guard: started "

    /// Runs a command in a process group of its own and ends with it.
    ///
    /// Whatever is left of the group when the command ends is killed. The command reads from `/dev/null` and writes to
    /// the guard's own output.
    ///
    /// - Parameter command: `[--] [--grace SECONDS] [--] PROGRAM [ARGUMENT …]`. `SECONDS` lie between SIGTERM and SIGKILL
    ///   and may be a fraction; 10 if not given.
    /// - Returns: the status for the guard to exit with: the command's own, 128 and the signal's number if a signal
    ///   ended it, 127 if it could not be started, 2 if there is no command.
    public static func run(_ command: [String]) -> Int32 {
        guard let options = GuardOptions(command) else {
            self.complain("usage: guard [--grace SECONDS] -- PROGRAM [ARGUMENT ...]")
            return 2
        }
        guard let signals = SignalPipe(SIGTERM, SIGINT, SIGHUP, SIGCHLD) else {
            self.complain("cannot make a pipe: \(self.reason(errno))")
            return 127
        }
        do throws(GuardedChild.Failure) {
            let child = try GuardedChild(options.command)
            self.write("\(self.announcement)\(child.pid)\n", to: STDOUT_FILENO)
            return GuardWatch(child: child, signals: signals, grace: options.grace).run()
        } catch {
            self.complain("cannot start \(options.command[0]): \(self.reason(error.number))")
            return 127
        }
    }

    /// The child's process id, if the line is the one that the guard writes itself.
    static func announcedPID(_ line: String) -> Int32? {
        line.hasPrefix(self.announcement) ? Int32(line.dropFirst(self.announcement.count)) : nil
    }

    private static func complain(_ text: String) {
        self.write("shared-ollama guard: \(text)\n", to: STDERR_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        #if canImport(Darwin)
        _ = Darwin.write(descriptor, bytes, bytes.count)
        #elseif canImport(Glibc)
        _ = Glibc.write(descriptor, bytes, bytes.count)
        #elseif canImport(Musl)
        _ = Musl.write(descriptor, bytes, bytes.count)
        #endif
    }

    private static func reason(_ number: Int32) -> String {
        strerror(number).map { String(cString: $0) } ?? "error \(number)"
    }
}

/// What the guard's command line says.
struct GuardOptions: Equatable {
    /// The command; never empty.
    let command: [String]
    /// The time between SIGTERM and SIGKILL.
    let grace: Duration

    /// Reads a command line; nil if it makes no sense.
    init?(_ arguments: [String]) {
        var rest = arguments[...]
        if rest.first == "--" { rest = rest.dropFirst() }
        var grace = Duration.seconds(10)
        if rest.first == "--grace" {
            guard let seconds = rest.dropFirst().first.flatMap(Double.init), (0...3600).contains(seconds) else {
                return nil
            }
            grace = .seconds(seconds)
            rest = rest.dropFirst(2)
        }
        if rest.first == "--" { rest = rest.dropFirst() }
        guard let program = rest.first, !program.isEmpty else { return nil }
        self.command = Array(rest)
        self.grace = grace
    }
}
