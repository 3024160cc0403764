import Foundation
import Testing

@testable import ProcessManager

/// A guard that a test holds the input of.
private struct RunningGuard {
    let process = Process()
    let input = Pipe()
    let output = Pipe()

    init(_ arguments: String...) throws {
        self.process.executableURL = URL(fileURLWithPath: try #require(OwnBinary.path))
        self.process.arguments = ["guard", "--"] + arguments
        self.process.standardInput = self.input
        self.process.standardOutput = self.output
        self.process.standardError = self.output
        try self.process.run()
    }

    /// Reads until so many lines have come.
    ///
    /// - Returns: the guard's own line first; the child may have been quicker.
    func lines(_ count: Int) -> [String] {
        var bytes = Data()
        while bytes.count(where: { $0 == UInt8(ascii: "\n") }) < count {
            let more = self.output.fileHandleForReading.availableData
            if more.isEmpty { break }
            bytes += more
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        let own = lines.filter { $0.hasPrefix(GuardProcess.announcement) }
        return own + lines.filter { !$0.hasPrefix(GuardProcess.announcement) }
    }

    func closeInput() throws {
        try self.input.fileHandleForWriting.close()
    }

    func status(within limit: Duration = .seconds(180)) async -> Int32? {
        guard await eventually(within: limit, { !self.process.isRunning }) else {
            self.process.terminate()
            return nil
        }
        return self.process.terminationStatus
    }
}

@Suite(.enabled(if: OwnBinary.isThere, "the service's binary is not beside the test bundle"), .timeLimit(.minutes(1)))
struct GuardProcessTests {
    @Test(arguments: [("exit 0", Int32(0)), ("exit 7", 7), ("kill -9 $$", 137), ("kill -15 $$", 143)])
    func passesTheStatusOn(script: String, status: Int32) async throws {
        let guarded = try RunningGuard("--", "/bin/sh", "-c", script)
        #expect(await guarded.status() == status)
    }

    @Test func theEndOfItsInputEndsTheWholeGroup() async throws {
        let guarded = try RunningGuard("--", "/bin/sh", "-c", "sleep 1000 & echo $!; wait")
        let lines = guarded.lines(2)
        let child = try #require(GuardProcess.announcedPID(lines[0]))
        let grandchild = try #require(Int32(lines[1]))
        #expect(ProcessTable.isRunning(child) && ProcessTable.isRunning(grandchild))
        try guarded.closeInput()
        #expect(await guarded.status() == 143)
        #expect(await eventually { !ProcessTable.isRunning(child) && !ProcessTable.isRunning(grandchild) })
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP]) func aSignalEndsTheGroup(signal: Int32) async throws {
        let guarded = try RunningGuard("--", "/bin/sh", "-c", "exec sleep 1000")
        _ = guarded.lines(1)
        kill(guarded.process.processIdentifier, signal)
        #expect(await guarded.status() == 143)
    }

    @Test func killsWhatIgnoresTheFirstSignal() async throws {
        let script = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
        let guarded = try RunningGuard("--grace", "0.3", "--", "/bin/sh", "-c", script)
        #expect(guarded.lines(2).last == "ready")
        let start = ContinuousClock.now
        try guarded.closeInput()
        #expect(await guarded.status() == 137)
        #expect(ContinuousClock.now - start >= .milliseconds(300))
    }

    @Test func leavesNothingBehindWhenTheChildEndsByItself() async throws {
        let guarded = try RunningGuard("--", "/bin/sh", "-c", "sleep 1000 & echo $!; exit 5")
        let grandchild = try #require(Int32(guarded.lines(2)[1]))
        #expect(await guarded.status() == 5)
        #expect(await eventually { !ProcessTable.isRunning(grandchild) })
    }

    @Test func theChildDoesNotHoldTheServicesPipe() async throws {
        // A child that had the pipe would wait for it; on /dev/null it reads nothing and ends.
        let guarded = try RunningGuard("--", "/bin/cat")
        #expect(await guarded.status() == 0)
    }

    @Test func theChildStartsWithAllSignalsAtTheirDefault() async throws {
        let guarded = try RunningGuard("--", "/bin/sh", "-c", "kill -PIPE $$; exit 1")
        #expect(await guarded.status() == 128 + SIGPIPE)
    }

    @Test func aCommandThatDoesNotExistIs127() async throws {
        let guarded = try RunningGuard("--", "/nowhere/at-all")
        #expect(await guarded.status() == 127)
        #expect(guarded.lines(1).first?.contains("cannot start /nowhere/at-all") == true)
    }

    @Test func noCommandIsAWrongUse() async throws {
        let guarded = try RunningGuard("--")
        #expect(await guarded.status() == 2)
    }
}

struct GuardOptionsTests {
    @Test func readsGraceAndCommand() {
        let options = GuardOptions(["--grace", "0.5", "--", "ollama", "serve", "--", "-x"])
        #expect(options?.command == ["ollama", "serve", "--", "-x"])
        #expect(options?.grace == .milliseconds(500))
        #expect(GuardOptions(["--", "--grace", "2", "--", "ollama"])?.grace == .seconds(2))
        #expect(GuardOptions(["ollama"])?.grace == .seconds(10))
    }

    @Test(arguments: [
        [], ["--"], ["--grace"], ["--grace", "soon", "--", "x"], ["--grace", "-1", "--", "x"], ["--", ""],
    ])
    func refusesWhatMakesNoSense(arguments: [String]) {
        #expect(GuardOptions(arguments) == nil)
    }
}
