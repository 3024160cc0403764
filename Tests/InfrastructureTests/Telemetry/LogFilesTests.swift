import Application
import Testing

@testable import Infrastructure

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Logs read from their files")
struct LogFilesTests {
    private static func with(_ body: (String, LogFiles) async throws -> Void) async throws {
        try await TemporaryDirectory.with { directory in
            try await body(directory, LogFiles(directory: directory, serviceLog: "\(directory)/own.log"))
        }
    }

    private static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    private static func append(_ text: String, to path: String) throws {
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        // In place: the file stays the same one.
        let handle = open(path, O_WRONLY | O_APPEND)
        defer { close(handle) }
        let bytes = Array(text.utf8)
        #expect(bytes.withUnsafeBytes { systemWrite(handle, $0.baseAddress, $0.count) } == bytes.count)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == before.count + bytes.count)
    }

    private static func text(_ piece: LogPiece) -> String { String(decoding: piece.bytes, as: UTF8.self) }

    @Test("The last lines come oldest first, also of files that were put aside")
    func tail() async throws {
        try await Self.with { directory, logs in
            try Self.write("1\n2\n", to: "\(directory)/ollama.log.2")
            try Self.write("3\n4\n", to: "\(directory)/ollama.log.1")
            try Self.write("5\n6\nunfinis", to: "\(directory)/ollama.log")
            func tail(_ lines: Int, _ text: String = "") async throws -> String {
                Self.text(try await logs.tail(.ollama, .init(lines: lines, containing: text)))
            }
            #expect(try await tail(1) == "6\n")
            #expect(try await tail(3) == "4\n5\n6\n")
            #expect(try await tail(100) == "1\n2\n3\n4\n5\n6\n")
            #expect(try await tail(5, "2") == "2\n")
            #expect(try await tail(5, "nothing") == "")
            #expect(try await logs.tail(.ollama, .init(lines: 1)).position.offset == 4)
            #expect(try await Self.text(logs.tail(.requests, .init(lines: 1))) == "")
        }
    }

    @Test("Lines longer than what is read at once, and many of them, come whole")
    func long() async throws {
        try await Self.with { directory, logs in
            let long = String(repeating: "x", count: 2_500_000)
            let lines = (0..<50_000).map { "line \($0)" }
            try Self.write((["first", long] + lines).joined(separator: "\n") + "\n", to: "\(directory)/own.log")
            let all = try await logs.tail(.service, .init(lines: 50_001))
            #expect(Self.text(all).utf8.count == long.utf8.count + 1 + lines.map { $0.utf8.count + 1 }.reduce(0, +))
            #expect(Self.text(try await logs.tail(.service, .init(lines: 2))) == "line 49998\nline 49999\n")
            #expect(Self.text(try await logs.tail(.service, .init(lines: 9, containing: "first"))) == "first\n")
        }
    }

    @Test("What is told at once is bounded, whatever is asked for")
    func bounded() async throws {
        try await Self.with { directory, logs in
            let line = String(repeating: "y", count: 1_000_000)
            try Self.write(String(repeating: "\(line)\n", count: 20), to: "\(directory)/own.log")
            let piece = try await logs.tail(.service, .init(lines: 1000))
            #expect(piece.bytes.count <= LogQuery.byteLimit && piece.bytes.count >= LogQuery.byteLimit - 2_000_000)
        }
    }

    @Test("New lines are told once they are whole; a file that is put aside is read to its end first")
    func next() async throws {
        try await Self.with { directory, logs in
            let path = "\(directory)/requests.jsonl"
            try Self.write("1\n", to: path)
            var piece = try await logs.tail(.requests, .init(lines: 10))
            func next() async throws -> String {
                piece = try await logs.next(.requests, after: piece.position)
                return Self.text(piece)
            }
            #expect(try await next() == "")
            try Self.append("2\nhal", to: path)
            #expect(try await next() == "2\n")
            #expect(try await next() == "")
            try Self.append("f\n3\n", to: path)
            try FileManager.default.moveItem(atPath: path, toPath: "\(path).1")
            try Self.write("4\n", to: path)
            #expect(try await next() == "half\n3\n")
            #expect(try await next() == "4\n")
            #expect(try await next() == "")
        }
    }

    @Test("A log that appears later is followed from its beginning, and one that was emptied anew")
    func appearing() async throws {
        try await Self.with { directory, logs in
            var piece = try await logs.tail(.requests, .init(lines: 10))
            piece = try await logs.next(.requests, after: piece.position)
            #expect(piece.bytes.isEmpty)
            try Self.write("1\n2\n", to: "\(directory)/requests.jsonl")
            piece = try await logs.next(.requests, after: piece.position)
            #expect(Self.text(piece) == "1\n2\n")
            #expect(truncate("\(directory)/requests.jsonl", 0) == 0)
            try Self.append("3\n", to: "\(directory)/requests.jsonl")
            #expect(Self.text(try await logs.next(.requests, after: piece.position)) == "3\n")
        }
    }

    @Test("Only logs that are there are listed")
    func list() async throws {
        try await Self.with { directory, logs in
            try Self.write("abc\n", to: "\(directory)/ollama.log")
            try Self.write("", to: "\(directory)/own.log")
            let list = try await logs.logs()
            #expect(list.map(\.log) == [.service, .ollama] && list.map(\.bytes) == [0, 4])
            let without = LogFiles(directory: directory, serviceLog: nil)
            #expect(try await without.logs().map(\.log) == [.ollama])
            #expect(try await without.tail(.service, .init(lines: 1)).bytes.isEmpty)
        }
    }

    @Test("A log that may not be read is an error, and not an empty one")
    func unreadable() async throws {
        try await Self.with { directory, logs in
            try FileManager.default.createDirectory(
                atPath: "\(directory)/ollama.log",
                withIntermediateDirectories: false
            )
            await #expect(throws: LogFiles.ReadError.self) { try await logs.tail(.ollama, .init(lines: 1)) }
        }
    }
}
