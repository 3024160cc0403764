import Foundation

/// One line of the log.
struct LogLine: Sendable {
    let text: String
    /// The line as JSON; null for what is not.
    let json: JSON
}

/// The executable as a process, its output collected.
final class ServiceProcess: Sendable {
    /// How a process ended.
    struct Exit: Sendable, Equatable {
        let status: Int32
        /// Whether a signal ended it; the status is its number then.
        let isSignal: Bool
    }

    private let process: Process
    let pid: Int32
    /// What came on standard output.
    let output: Watched<String>
    /// The lines of standard error.
    let log: Watched<[LogLine]>
    let exit: Watched<Exit?>
    /// How many of its two outputs are open.
    private let outputs: Watched<Int>
    private let signals = Watched<[Int32]>([])

    /// Whether the test sent it any signal.
    var wasToldToEnd: Bool { !self.signals.value.isEmpty }

    private init(
        process: Process,
        output: Watched<String>,
        log: Watched<[LogLine]>,
        exit: Watched<Exit?>,
        outputs: Watched<Int>
    ) {
        self.process = process
        self.outputs = outputs
        self.pid = process.processIdentifier
        self.output = output
        self.log = log
        self.exit = exit
    }

    /// Starts the executable.
    ///
    /// - Parameter launcher: what a shell does before it becomes the executable, such as `ulimit -S -n 256`.
    static func start(
        _ arguments: [String],
        environment: [String: String],
        directory: String,
        launcher: String? = nil
    ) throws -> ServiceProcess {
        let process = Process()
        let executable = try Executable.url("shared-ollama")
        process.executableURL = launcher == nil ? executable : URL(fileURLWithPath: "/bin/sh")
        let shell = launcher.map { ["-c", "\($0) && exec \"$0\" \"$@\"", executable.path] } ?? []
        process.arguments = shell + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.environment = Executable.inherited.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let output = Watched("")
        let log = Watched<[LogLine]>([])
        let exit = Watched<Exit?>(nil)
        let outputs = Watched(2)
        process.standardOutput = Executable.pipe(outputs) { bytes in
            output.change { $0 += String(decoding: bytes, as: UTF8.self) }
        }
        let splitter = Watched<[UInt8]>([])
        process.standardError = Executable.pipe(outputs) { bytes in
            var lines: [LogLine] = []
            splitter.change { rest in
                rest += bytes
                while let newline = rest.firstIndex(of: 0x0A) {
                    let text = String(decoding: rest[..<newline], as: UTF8.self)
                    lines.append(LogLine(text: text, json: (try? JSON(parsing: text)) ?? .null))
                    rest.removeSubrange(...newline)
                }
            }
            log.change { $0 += lines }
        }
        process.terminationHandler = { ended in
            let isSignal = ended.terminationReason == .uncaughtSignal
            let end = Exit(status: ended.terminationStatus, isSignal: isSignal)
            exit.change { $0 = end }
            // Whoever waits for a line of output waits in vain.
            output.change { _ in }
        }
        try process.run()
        return ServiceProcess(process: process, output: output, log: log, exit: exit, outputs: outputs)
    }

    /// Waits for the line that says where the service listens.
    func listeningPort() async throws -> Int {
        let exit = self.exit
        try await self.output.wait(for: "line 'listening on'") { text in
            text.contains("\n") || exit.value != nil
        }
        let line = self.output.value.split(separator: "\n").first ?? ""
        guard line.hasPrefix("listening on http"), let port = line.split(separator: ":").last.flatMap({ Int($0) })
        else { throw DidNotStart(output: self.output.value, log: self.log.value.map(\.text)) }
        return port
    }

    func signal(_ number: Int32) {
        guard self.exit.value == nil else { return }
        self.signals.change { $0.append(number) }
        _ = Foundation.kill(self.pid, number)
    }

    func ended(within limit: Duration = .seconds(180)) async throws -> Exit {
        let exit = try await self.exit.wait(for: "end of the process", within: limit) { $0 != nil }
        return exit ?? Exit(status: -1, isSignal: false)
    }

    /// Waits, after its end, until all that it wrote has been read.
    ///
    /// Not for ever: a process that was started at the same moment may have got a copy of the pipe.
    func outputEnded() async {
        _ = try? await self.outputs.wait(for: "end of the output", within: .seconds(2)) { $0 == 0 }
    }

    /// Ends it at once.
    func kill() async {
        self.signal(SIGKILL)
        _ = try? await self.ended()
    }
}

/// The service ended before it listened.
struct DidNotStart: Error {
    let output: String
    let log: [String]
}

/// Where the executable is and what it inherits.
enum Executable {
    /// The variables of the test's own process that the service needs to run at all, or that instrument it.
    static var inherited: [String: String] {
        ProcessInfo.processInfo.environment.filter { name, _ in
            ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"].contains(name)
                || ["LLVM_", "ASAN_", "TSAN_", "UBSAN_"].contains { name.hasPrefix($0) }
        }
    }

    /// The executable beside the tests' own bundle, or the one that `SHARED_OLLAMA_TEST_EXECUTABLE` names.
    static func url(_ name: String) throws -> URL {
        if name == "shared-ollama", let path = ProcessInfo.processInfo.environment["SHARED_OLLAMA_TEST_EXECUTABLE"] {
            return URL(fileURLWithPath: path)
        }
        #if os(Linux)
        let bundle = URL(fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        #else
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL ?? Bundle.main.bundleURL
        #endif
        return bundle.deletingLastPathComponent().appendingPathComponent(name)
    }

    /// A pipe whose reader is told what comes.
    static func pipe(_ open: Watched<Int>, _ onBytes: @escaping @Sendable ([UInt8]) -> Void) -> Pipe {
        let pipe = Pipe()
        // A thread of its own that blocks: a readability handler that ends itself can crash the process on Linux.
        let handle = pipe.fileHandleForReading
        Thread.detachNewThread {
            while true {
                let bytes = Array(handle.availableData)
                guard !bytes.isEmpty else { return open.change { $0 -= 1 } }
                onBytes(bytes)
            }
        }
        return pipe
    }
}
