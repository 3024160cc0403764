import Subprocess

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Whether somebody was there.
public enum EngineStart: Sendable, Hashable {
    /// It answered.
    case wasRunning
    /// It was started, with this process number.
    case started(processID: Int)
}

/// Waits for the other side, and starts an Ollama where nobody is.
struct EngineStarter: Sendable {
    let caller: Caller
    let program: String

    /// Between two looks.
    private static let pause = Duration.milliseconds(200)

    /// Waits until somebody answers.
    ///
    /// - Throws: ``SharedOllamaError``, `CancellationError`.
    func ensure(within limit: Duration) async throws -> EngineStart {
        let surroundings = self.caller.surroundings
        let end = surroundings.now() + limit
        var start = EngineStart.wasRunning
        while true {
            do {
                try await self.look(until: end - surroundings.now())
                return start
            } catch let error as SharedOllamaError where EngineStarter.mayPass(error) {
                if start == .wasRunning, error.code == .unreachable, self.mayStart {
                    start = .started(processID: try await self.start())
                }
                guard surroundings.now() + EngineStarter.pause < end else { throw error }
            }
            try await surroundings.sleep(EngineStarter.pause)
        }
    }

    private static func mayPass(_ error: SharedOllamaError) -> Bool {
        error.status == 503 || [.unreachable, .connectionLost, .timedOut, .deadlineExceeded].contains(error.code)
    }

    /// Looks once.
    ///
    /// - Throws: ``SharedOllamaError`` if nobody is there, or somebody else.
    private func look(until limit: Duration) async throws {
        let settings = CallSettings(deadline: max(limit, EngineStarter.pause))
        let call = WireCall.get(self.caller.wire.readinessPath)
        let value = try await self.caller.once(call, settings, requestID: RequestIdentifier.make())
        guard self.caller.configuration.target != .direct || value["version"]?.string != nil else {
            throw SharedOllamaError(.unreadableAnswer, "what answers at \(self.caller.configuration.url) is no Ollama")
        }
    }

    /// Whether an Ollama may be started in place of the one that is not there.
    private var mayStart: Bool {
        guard self.caller.configuration.target == .direct else { return false }
        let host = URL(string: self.caller.configuration.url)?.host()?.lowercased()
        return host == "localhost" || host == "::1" || host == "[::1]" || host?.hasPrefix("127.") == true
    }

    /// Starts `ollama serve` as a process that outlives this one.
    ///
    /// - Returns: its number.
    /// - Throws: ``SharedOllamaError`` with the code ``SharedOllamaError/Code/notInstalled``.
    private func start() async throws -> Int {
        // The shell is gone at once, so that the program is the system's child, and nobody has to wait for its end.
        let script = #"command -v "$0" >/dev/null || exit 127; "$0" serve </dev/null >/dev/null 2>&1 & echo $!"#
        var options = PlatformOptions()
        options.createSession = true
        let result = try? await run(
            .name("sh"),
            arguments: ["-c", script, self.program],
            environment: .inherit.updating(["OLLAMA_HOST": self.caller.configuration.url]),
            platformOptions: options,
            output: .string(limit: 64),
            error: .discarded
        )
        guard let text = result?.standardOutput, let number = Int(text.filter(\.isNumber)) else {
            throw SharedOllamaError(
                .notInstalled,
                "nobody answers at \(self.caller.configuration.url), and there is no program '\(self.program)' to start"
            )
        }
        return number
    }
}
