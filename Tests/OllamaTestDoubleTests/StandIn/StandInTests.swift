import Foundation
import Testing

@testable import OllamaTestDouble

/// The executable that stands in the place of `ollama`.
@Suite("stand-in")
struct StandInTests {
    private let anyPort = ["OLLAMA_HOST": "127.0.0.1:0"]

    @Test("it serves where it is told to, records its start, and ends promptly at SIGTERM")
    func serves() async throws {
        let standIn = try StandInProcess(["serve"], anyPort.merging(["OLLAMA_NUM_PARALLEL": "3"]) { $1 })
        let port = try #require(try await port(of: standIn))
        let request = "GET /api/version HTTP/1.1\r\nHost: localhost\r\n\r\n"
        let connection = try await RawConnection.open(port: port)
        try await connection.send(request)
        try await connection.wait(forText: "0.32.15")
        let start = try #require(standIn.events.first)
        #expect(start["arguments"] as? [String] == ["serve"])
        #expect((start["environment"] as? [String: String])?["OLLAMA_NUM_PARALLEL"] == "3")
        standIn.send(SIGTERM)
        try await connection.waitForClose()
        #expect(try await standIn.end().status == 0)
        #expect(try await standIn.event("stopped") == "stopped by SIGTERM")
    }

    @Test("it fails as the real one does when the port is taken")
    func addressInUse() async throws {
        let double = try await OllamaTestDouble.start()
        let address = "127.0.0.1:\(double.port)"
        let standIn = try StandInProcess(["serve"], ["OLLAMA_HOST": address])
        let (status, errors) = try await standIn.end()
        #expect(status == 1)
        #expect(errors == "Error: listen tcp \(address): bind: address already in use\n")
        await double.stop()
    }

    @Test("it crashes at once, or some time after it listens")
    func crashes() async throws {
        let atOnce = try StandInProcess(["serve"], ["STAND_IN_CRASH_STATUS": "7", "STAND_IN_STDERR": "out-of-memory"])
        let (status, errors) = try await atOnce.end()
        #expect(status == 7)
        #expect(errors.contains("out of memory"))
        let later = try StandInProcess(["serve"], anyPort.merging(["STAND_IN_CRASH_AFTER_MS": "50"]) { $1 })
        #expect(try await later.event("listening").hasPrefix("listening on 127.0.0.1:"))
        #expect(try await later.end().status == 2)
    }

    @Test("it hangs, and ignores SIGTERM")
    func hangs() async throws {
        let standIn = try StandInProcess(["serve"], ["STAND_IN_HANG": "1", "STAND_IN_IGNORE_SIGTERM": "1"])
        _ = try await standIn.event("start")
        standIn.send(SIGTERM)
        #expect(try await standIn.event("ignored") == "ignored SIGTERM")
        #expect(standIn.isRunning)
        #expect(standIn.events.count == 2)
        standIn.send(SIGKILL)
        #expect(try await standIn.end().status == SIGKILL)
    }

    @Test("a control file is read at each start")
    func control() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "control-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("CRASH_STATUS=9\n".utf8).write(to: file)
        let environment = anyPort.merging(["STAND_IN_CONTROL": file.path]) { $1 }
        #expect(try await StandInProcess(["serve"], environment).end().status == 9)
        try Data("MODELS=all-minilm\n".utf8).write(to: file)
        let second = try StandInProcess(["serve"], environment)
        let port = try #require(try await port(of: second))
        let request = Array("GET /api/tags HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        let tags = try await RawConnection.exchange(port: port, request)
        #expect(tags.text.contains("all-minilm"))
        #expect(!tags.text.contains("completion"))
    }

    private func port(of standIn: StandInProcess) async throws -> Int? {
        let event = try await standIn.event("listening on ")
        return event.split(separator: ":").last.flatMap { Int($0) }
    }
}
