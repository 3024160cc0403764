import Foundation
import Testing

@testable import ProcessManager

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The data directory of the tests, if the bundled engine is installed there.
private let testData = ProcessInfo.processInfo.environment["SHARED_OLLAMA_TEST_DATA_DIR"]

struct BundledEngineTests {
    @Test func isOnlyThereWhenItsInstallationWasCompleted() throws {
        let directory = try TemporaryDirectory()
        #expect(BundledEngine.locate(in: directory.path) == nil)
        let python = try directory.script("bundled-engine/venv/bin/python3", "")
        #expect(BundledEngine.locate(in: directory.path) == nil)
        _ = try directory.script("bundled-engine/installed", "")
        let engine = try #require(BundledEngine.locate(in: directory.path))
        let command = engine.command(port: 1234, environment: ["PATH": "/bin", "PYTHONPATH": "/somewhere"])
        #expect(command.executable == python)
        #expect(
            command.arguments == [
                "\(directory.path)/bundled-engine/run.py", "--port", "1234", "--alias", "smollm2:135m",
            ]
        )
        #expect(command.environment["PYTHONPATH"] == nil)
    }
}

@Suite(
    .enabled(if: OwnBinary.isThere, "the service's binary is not beside the test bundle"),
    .enabled(if: testData != nil, "SHARED_OLLAMA_TEST_DATA_DIR does not name a data directory with the bundled engine"),
    .timeLimit(.minutes(2))
)
struct RealBundledEngineTests {
    private func get(_ url: String) async -> String? {
        guard let url = URL(string: url) else { return nil }
        return (try? await URLSession.shared.data(from: url)).map { String(decoding: $0.0, as: UTF8.self) }
    }

    private func chat(_ url: String) async throws -> String {
        var request = URLRequest(url: try #require(URL(string: "\(url)/v1/chat/completions")))
        request.httpMethod = "POST"
        let prompt = #"{"model":"smollm2:135m","max_tokens":8,"messages":[{"role":"user","content":"Say hello."}]}"#
        request.httpBody = Data(prompt.utf8)
        return String(decoding: try await URLSession.shared.data(for: request).0, as: UTF8.self)
    }

    @Test func answersUnderTheGuardAndIsBackAfterAKill() async throws {
        let data = try #require(testData)
        let engine = try #require(BundledEngine.locate(in: data))
        let port = try LoopbackPort.findFree()
        let url = "http://127.0.0.1:\(port)"
        let environment = ProcessCommand.inheritedEnvironment(home: data)
        let process = ManagedProcess(
            settings: ManagedProcess.Settings(
                command: engine.command(port: port, environment: environment),
                guardInvocation: OwnBinary.guardInvocation
            ),
            clock: RealClock(),
            isAnswering: { await get("\(url)/health")?.contains("ok") == true }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await process.run() }
            defer { process.stop() }
            #expect(await eventually(within: .seconds(180)) { process.snapshot.phase == .ready })
            #expect(process.lastLines.contains("listening on \(url)"))
            #expect(try await chat(url).contains(#""model":"smollm2:135m""#))
            #expect(await get("\(url)/props")?.contains(#""total_slots":2"#) == true)
            kill(try #require(process.snapshot.pid), SIGKILL)
            #expect(await eventually { process.snapshot.restarts == 1 && process.snapshot.phase == .ready })
            #expect(try await chat(url).contains("choices"))
        }
        #expect(process.snapshot.phase == .stopped)
        #expect(await get("\(url)/health") == nil)
    }
}
