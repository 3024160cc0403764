public import Application
import Domain
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Starts engines of this machine to be tried out, each on a port of its own under the guard: whatever becomes of us, none
/// stays behind.
public struct TrialProcesses: TrialEngines {
    /// What is started.
    public enum Program: Sendable {
        /// `ollama serve`; its path.
        case ollama(String)
        /// The small model that comes with the service.
        case bundled(BundledEngine)
    }

    private struct Engine: TrialEngine {
        let client: any EngineClient
        let startTime: Duration
        let process: ManagedProcess

        func memoryBytes() async -> Int? {
            guard let pid = self.process.snapshot.pid else { return nil }
            return ProcessUsage.ofGroups([pid], RealSystemFiles(), pageSize: Int(getpagesize()))[pid]?.residentBytes
        }
    }

    private let program: Program
    private let environment: [String: String]
    private let guardInvocation: GuardInvocation
    private let clock: any ServiceClock
    private let makeClient: @Sendable (EngineIdentity, String) -> any EngineClient

    /// The time between two looks at a process that is starting.
    private static let pause = Duration.milliseconds(20)

    /// Prepares to start engines.
    ///
    /// - Parameters:
    ///   - program: what is started.
    ///   - environment: the variables with which it is started now.
    ///   - guardInvocation: what runs it as its guard.
    ///   - clock: the time.
    ///   - makeClient: makes a client for an engine at a URL.
    public init(
        _ program: Program,
        environment: [String: String],
        guardInvocation: GuardInvocation,
        clock: any ServiceClock,
        makeClient: @escaping @Sendable (EngineIdentity, String) -> any EngineClient
    ) {
        self.program = program
        self.environment = environment
        self.guardInvocation = guardInvocation
        self.clock = clock
        self.makeClient = makeClient
    }

    /// See ``Application/TrialEngines``.
    public func withEngine<Value: Sendable>(
        _ setting: TrialSetting,
        _ body: nonisolated(nonsending) @Sendable (any TrialEngine) async throws -> Value
    ) async throws -> Value {
        let address = LocalEngineAddress(host: "127.0.0.1", port: try self.freePort())
        let client = self.makeClient(self.identity, address.url)
        let (begin, answered) = (self.clock.now, FirstAnswer())
        let process = ManagedProcess(
            settings: ManagedProcess.Settings(
                command: self.command(setting, at: address),
                guardInvocation: self.guardInvocation
            ),
            clock: self.clock,
            isAnswering: { [clock = self.clock] in
                let answers = (try? await client.probe()) != nil
                if answers { answered.note(clock.now) }
                return answers
            }
        )
        async let running: Void = process.run()
        do {
            try await self.untilReady(process)
            let startTime = (answered.time ?? self.clock.now) - begin
            let value = try await body(Engine(client: client, startTime: startTime, process: process))
            process.stop()
            try await running
            return value
        } catch {
            process.stop()
            _ = try? await running
            throw error
        }
    }

    private var identity: EngineIdentity {
        switch self.program {
        case .ollama: EngineIdentity(name: EngineName("trial"), kind: .ollama, isManaged: true)
        case .bundled: EngineIdentity(name: EngineName("trial"), kind: .openAI, isManaged: true, isBundled: true)
        }
    }

    private func freePort() throws -> Int {
        do {
            return try LoopbackPort.findFree()
        } catch {
            throw ServiceError(.engineUnavailable, "There is no free port on 127.0.0.1.")
        }
    }

    private func command(_ setting: TrialSetting, at address: LocalEngineAddress) -> ProcessCommand {
        var environment = self.environment.merging(setting.changes) { $1 }
        switch self.program {
        case .ollama(let path):
            environment["OLLAMA_HOST"] = address.authority
            return ProcessCommand(executable: path, arguments: ["serve"], environment: environment)
        case .bundled(let engine):
            return engine.command(port: address.port, environment: environment)
        }
    }

    private func untilReady(_ process: ManagedProcess) async throws {
        while true {
            let snapshot = process.snapshot
            switch snapshot.phase {
            case .ready: return
            case .idle, .starting: try await self.clock.sleep(for: TrialProcesses.pause)
            case .waiting, .crashLoop, .stopped:
                throw ServiceError(
                    .engineUnavailable,
                    "The engine does not start: \(snapshot.lastError ?? "it ended")",
                    blame: .engine
                )
            }
        }
    }
}

/// When an engine answered first.
private final class FirstAnswer: Sendable {
    private let first = Mutex<MonotonicInstant?>(nil)

    var time: MonotonicInstant? { self.first.withLock { $0 } }

    func note(_ time: MonotonicInstant) {
        self.first.withLock { $0 = $0 ?? time }
    }
}
