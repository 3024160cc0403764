import Synchronization
import TestSupport
import Testing

@testable import Application

@Suite("Logs that are followed")
struct ReadLogsTests {
    /// A log that grows by what a test says.
    private final class Growing: LogArchive {
        private let pieces: Mutex<[String]>

        init(_ pieces: [String]) {
            self.pieces = Mutex(pieces)
        }

        func logs() async throws -> [LogFile] { [] }
        func tail(_ log: LogName, _ query: LogQuery) async throws -> LogPiece {
            LogPiece(bytes: [], position: .init(file: 1, offset: 0))
        }
        func next(_ log: LogName, after position: LogPosition) async throws -> LogPiece {
            let text = self.pieces.withLock { $0.isEmpty ? "" : $0.removeFirst() }
            let end = LogPosition(file: 1, offset: position.offset + text.utf8.count)
            return LogPiece(bytes: Array(text.utf8), position: end)
        }
    }

    @Test("What has come is told at once, only the wanted lines of it; where nothing has, a moment is waited")
    func follow() async throws {
        let clock = ManualClock()
        let logs = ReadLogsUseCase(archive: Growing(["a 1\nb 2\n", "b 3\n", ""]), clock: clock)
        let query = LogQuery(lines: 5, containing: "a")
        let first = try await logs.next(.requests, query, after: .init(file: 1, offset: 0))
        #expect(String(decoding: first.bytes, as: UTF8.self) == "a 1\n" && first.position.offset == 8)
        let second = try await logs.next(.requests, query, after: first.position)
        #expect(second.bytes.isEmpty && second.position.offset == 12)
        async let third = logs.next(.requests, query, after: second.position)
        while clock.sleepers == 0 { await Task.yield() }
        clock.advance(by: .seconds(1))
        #expect(try await third == LogPiece(bytes: [], position: .init(file: 1, offset: 12)))
    }

    @Test(
        "A line is wanted that has the text in it",
        arguments: [
            ("", "anything", true), ("b", "abc", true), ("abc", "abc", true), ("aab", "aaab", true),
            ("abcd", "abc", false), ("x", "", false), ("ü", "für", true),
        ]
    )
    func wanted(_ text: String, _ line: String, _ isWanted: Bool) {
        #expect(LogQuery(lines: 1, containing: text).wants(Array(line.utf8)) == isWanted)
        #expect(LogQuery(lines: 1, containing: text).wants(Array("__\(line)".utf8)[2...]) == isWanted)
    }
}
