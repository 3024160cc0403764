import Application
import Foundation
import Testing

@testable import ProcessManager

/// A managed shell script with everything that a test looks at.
private final class Subject: Sendable {
    let directory: TemporaryDirectory
    let clock: FastClock
    let events = Journal<ProcessEvent>()
    let isAnswering: Switch
    let process: ManagedProcess

    init(_ script: String, isAnswering: Bool, grace: Duration = .seconds(200), clock: FastClock = .init()) throws {
        self.clock = clock
        let directory = try TemporaryDirectory()
        let answer = Switch(isAnswering)
        var settings = ManagedProcess.Settings(
            command: ProcessCommand(
                executable: "/bin/sh",
                arguments: ["-c", script],
                environment: ["PATH": "/usr/bin:/bin", "GREETING": "hello"]
            ),
            guardInvocation: OwnBinary.guardInvocation,
            log: RotatingLog(path: "\(directory.path)/test.log")
        )
        settings.grace = grace
        settings.restarts.readyWithin = .seconds(1_000_000)
        self.directory = directory
        self.isAnswering = answer
        self.process = ManagedProcess(
            settings: settings,
            clock: clock,
            random: { 0.5 },
            isAnswering: { answer.isOn },
            observer: { [events] in events.add($0) }
        )
    }

    /// Runs the process while the body looks at it, then stops it.
    func whileRunning(_ body: @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.process.run() }
            defer { self.process.stop() }
            try await body()
        }
    }

    func reaches(_ phase: ProcessPhase) async -> Bool {
        await eventually { self.process.snapshot.phase == phase }
    }
}

@Suite(.enabled(if: OwnBinary.isThere, "the service's binary is not beside the test bundle"), .timeLimit(.minutes(1)))
struct ManagedProcessTests {
    @Test func isReadyWithItsChildsProcessIDAndEndsWhenTold() async throws {
        let subject = try Subject("echo pid $$; exec sleep 1000", isAnswering: true)
        try await subject.whileRunning {
            #expect(await subject.reaches(.ready))
            let pid = try #require(subject.process.snapshot.pid)
            #expect(await eventually { subject.process.lastLines == ["pid \(pid)"] })
            #expect(subject.process.snapshot.startedAt != nil)
            #expect(ProcessTable.isRunning(pid))
        }
        #expect(subject.process.snapshot.phase == .stopped)
        #expect(subject.events.entries.first == .starting && subject.events.entries.last == .stopped)
        let log = try String(contentsOfFile: "\(subject.directory.path)/test.log", encoding: .utf8)
        #expect(log.contains("pid "))
    }

    @Test func isNotReadyWhileNobodyAnswers() async throws {
        let subject = try Subject("exec sleep 1000", isAnswering: false)
        try await subject.whileRunning {
            #expect(await eventually { subject.process.snapshot.pid != nil })
            #expect(subject.process.snapshot.phase == .starting)
            subject.isAnswering.isOn = true
            #expect(await subject.reaches(.ready))
        }
    }

    @Test func aKilledChildIsBackSoon() async throws {
        let subject = try Subject("exec sleep 1000", isAnswering: true)
        try await subject.whileRunning {
            for round in 1...6 {
                #expect(await subject.reaches(.ready))
                let pid = try #require(subject.process.snapshot.pid)
                kill(pid, SIGKILL)
                #expect(await eventually { subject.process.snapshot.restarts == round })
            }
        }
        #expect(subject.process.snapshot.lastStatus == 137)
        let delays = subject.events.entries.compactMap { event in
            if case .exited(_, let delay) = event { delay } else { Duration?.none }
        }
        #expect(delays.count >= 6)
        #expect(delays.allSatisfy { $0 <= .seconds(4) })
    }

    @Test func tenDeathsInARowAreACrashLoopAndNotABusyOne() async throws {
        let subject = try Subject("echo boom $GREETING; exit 3", isAnswering: false)
        try await subject.whileRunning {
            #expect(await subject.reaches(.crashLoop))
            #expect(subject.events.entries.last == .crashLoop(status: 3, lastLines: ["boom hello"]))
            #expect(subject.events.entries.count { $0 == .starting } == 10)
            #expect(subject.process.snapshot.lastError == "exited with status 3: boom hello")
            #expect(await eventually { subject.clock.sleeps.contains(.seconds(300)) })
            // Told to try again, it does at once, and has ten more lives.
            subject.process.restart()
            #expect(await eventually { subject.events.entries.count { $0 == .starting } == 20 })
        }
        #expect(subject.process.snapshot.phase == .stopped)
    }

    @Test func anAnswerOfSomebodyElseIsNotReadiness() async throws {
        let subject = try Subject("exit 1", isAnswering: true, clock: FastClock(realWait: .milliseconds(400)))
        try await subject.whileRunning {
            #expect(await eventually { subject.events.entries.count { $0 == .starting } >= 3 })
        }
        let isEverReady = subject.events.entries.contains { if case .ready = $0 { true } else { false } }
        #expect(!isEverReady)
    }

    @Test func aProgramThatDoesNotExistIsADeath() async throws {
        let subject = try Subject("exec /nowhere/at-all", isAnswering: true)
        try await subject.whileRunning {
            #expect(await eventually { subject.process.snapshot.lastStatus == 127 })
        }
    }

    @Test func aKilledGuardTakesTheChildAlong() async throws {
        let subject = try Subject("echo $PPID; exec sleep 1000", isAnswering: true)
        try await subject.whileRunning {
            #expect(await subject.reaches(.ready))
            let pid = try #require(subject.process.snapshot.pid)
            #expect(await eventually { !subject.process.lastLines.isEmpty })
            let guardPID = try #require(Int32(subject.process.lastLines[0]))
            kill(guardPID, SIGKILL)
            #expect(await eventually { subject.process.snapshot.restarts == 1 })
            #expect(await eventually { !ProcessTable.isRunning(pid) })
        }
    }

    @Test func aChildThatIgnoresTheFirstSignalIsKilled() async throws {
        let script = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
        let subject = try Subject(script, isAnswering: true, grace: .milliseconds(200))
        let pids = Journal<Int32>()
        try await subject.whileRunning {
            #expect(await eventually { subject.process.lastLines == ["ready"] })
            #expect(await eventually { subject.process.snapshot.pid != nil })
            pids.add(try #require(subject.process.snapshot.pid))
        }
        let pid = try #require(pids.entries.first)
        #expect(await eventually { !ProcessTable.isRunning(pid) })
    }

    @Test func cancellationEndsItToo() async throws {
        let subject = try Subject("exec sleep 1000", isAnswering: true)
        let pids = Journal<Int32>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await subject.process.run() }
            #expect(await subject.reaches(.ready))
            pids.add(try #require(subject.process.snapshot.pid))
            group.cancelAll()
        }
        let pid = try #require(pids.entries.first)
        #expect(await eventually { !ProcessTable.isRunning(pid) })
        #expect(subject.process.snapshot.phase == .stopped)
    }
}
