import Application
import Subprocess
import SystemPackage

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One life of a managed process, from its start to its end.
struct ProcessRun: Sendable {
    /// How it ended.
    struct End: Sendable {
        /// Its exit status: 128 and the signal's number if a signal ended it, 127 if it could not be started.
        let status: Int32
        /// The same in words.
        let reason: String
    }

    /// A running guard: we hold its input, and read what it and its child write.
    private typealias Guard = Execution<CustomWriteInput, SequenceOutput, CombinedErrorOutput>

    private enum Happening {
        case ended
        case ready
        case isLate
        case shouldEnd
        case isOverdue
    }

    let process: ManagedProcess

    /// How much longer than its child's grace the guard is given.
    private static let guardGrace = Duration.seconds(2)

    /// Starts the process and waits until it is gone.
    ///
    /// Cancellation stops it.
    func untilEnd() async -> End {
        let settings = self.process.settings
        var options = PlatformOptions()
        // A group of its own: Ctrl-C at the terminal is for the service, which stops its engines when it has drained.
        options.processGroupID = 0
        options.teardownSequence = [
            .gracefulShutDown(allowedDurationToNextStep: settings.grace + ProcessRun.guardGrace)
        ]
        let environment = settings.command.environment.compactMap { name, value in
            Environment.Key(rawValue: name).map { ($0, value) }
        }
        do {
            let result = try await Subprocess.run(
                .path(FilePath(settings.guardInvocation.executable)),
                arguments: Arguments(settings.guardInvocation.arguments(for: settings.command, grace: settings.grace)),
                environment: .custom(Dictionary(environment) { first, _ in first }),
                platformOptions: options,
                input: .inputWriter,
                output: .sequence,
                error: .combinedWithOutput
            ) { execution in
                try await self.watch(execution)
            }
            return self.end(of: result.terminationStatus)
        } catch {
            return End(status: 127, reason: "could not be run: \(error)")
        }
    }

    private func end(of status: TerminationStatus) -> End {
        switch status {
        case .exited(let code) where code > 128:
            return End(status: code, reason: "ended by signal \(code - 128)")
        case .exited(let code):
            return End(status: code, reason: "exited with status \(code)")
        case .signaled(let number):
            // The guard itself was killed and could stop nothing.
            self.killChild()
            return End(status: 128 + number, reason: "its guard was ended by signal \(number)")
        }
    }

    private func watch(_ execution: Guard) async throws {
        try await withThrowingTaskGroup(of: Happening.self) { group in
            group.addTask {
                try await self.read(execution.standardOutput)
                return .ended
            }
            group.addTask { await self.process.untilReady() ? .ready : .isLate }
            group.addTask {
                await self.process.orders.wait()
                return .shouldEnd
            }
            var isEnding = false
            while let happening = try await group.next() {
                switch happening {
                case .ended:
                    group.cancelAll()
                    return
                case .ready:
                    if !isEnding { self.process.becameReady() }
                case .isLate, .shouldEnd:
                    if isEnding { continue }
                    isEnding = true
                    if happening == .isLate { self.process.isTooLate() }
                    // The end of its input is the guard's order to stop its child.
                    try? await execution.standardInputWriter.finish()
                    group.addTask { await self.grace() }
                case .isOverdue:
                    self.killChild()
                    try? execution.send(signal: .kill)
                }
            }
        }
    }

    private func read(_ output: SubprocessOutputSequence) async throws {
        var splitter = LineSplitter()
        for try await buffer in output {
            let lines = buffer.withUnsafeBytes { splitter.feed($0) }
            for line in lines { self.process.received(line) }
        }
        if let line = splitter.finish() { self.process.received(line) }
    }

    /// Waits for as long as the guard may take.
    private func grace() async -> Happening {
        do {
            try await self.process.clock.sleep(for: self.process.settings.grace + ProcessRun.guardGrace)
            return .isOverdue
        } catch {
            // Cancelled: the process has ended, or the teardown sequence has taken over.
            return .shouldEnd
        }
    }

    /// Kills the child with its group, without the guard.
    private func killChild() {
        guard let pid = self.process.snapshot.pid else { return }
        _ = kill(-pid, SIGKILL)
    }
}
