import Logging
import Testing

@testable import Infrastructure

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("The log file")
struct RotatingFileSinkTests {
    /// Runs a body with an empty directory that is removed afterwards.
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let path = "\(FileManager.default.temporaryDirectory.path)/log-\(RandomIDGenerator().next())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private func contents(_ path: String) throws -> String? { try ConfigurationFile.read(path) }

    private func write(_ text: String, to sink: inout RotatingFileSink) -> Int {
        sink.write(Array(text.utf8)) { false }
    }

    @Test("A file that would grow beyond its size is put aside, and the oldest is removed")
    func rotation() throws {
        try self.withDirectory { directory in
            let path = "\(directory)/service.log"
            var sink = try RotatingFileSink(path: path, maxBytes: 10, files: 3)
            for number in 1...5 { #expect(self.write("line-\(number)\n", to: &sink) == 0) }
            #expect(try self.contents(path) == "line-5\n")
            #expect(try self.contents("\(path).1") == "line-4\n")
            #expect(try self.contents("\(path).2") == "line-3\n")
            #expect(try self.contents("\(path).3") == nil)
        }
    }

    @Test("A batch is cut between lines, so that no file has half a line and none is too large")
    func wholeLines() throws {
        try self.withDirectory { directory in
            let path = "\(directory)/service.log"
            var sink = try RotatingFileSink(path: path, maxBytes: 10, files: 9)
            #expect(self.write("aaa\nbbb\nccc\nddd\nmuch-too-long-for-a-file\ne\n", to: &sink) == 0)
            #expect(try self.contents("\(path).3") == "aaa\nbbb\n")
            #expect(try self.contents("\(path).2") == "ccc\nddd\n")
            #expect(try self.contents("\(path).1") == "much-too-long-for-a-file\n")
            #expect(try self.contents(path) == "e\n")
        }
    }

    @Test("It writes behind what is in the file already, and counts that")
    func appends() throws {
        try self.withDirectory { directory in
            let path = "\(directory)/service.log"
            var first = try RotatingFileSink(path: path, maxBytes: 10, files: 2)
            #expect(self.write("12345\n", to: &first) == 0)
            var second = try RotatingFileSink(path: path, maxBytes: 10, files: 2)
            #expect(self.write("abc\n", to: &second) == 0)
            #expect(try self.contents(path) == "12345\nabc\n")
            #expect(self.write("d\n", to: &second) == 0)
            #expect(try self.contents(path) == "d\n")
        }
    }

    @Test("A single file is begun anew")
    func oneFile() throws {
        try self.withDirectory { directory in
            let path = "\(directory)/service.log"
            var sink = try RotatingFileSink(path: path, maxBytes: 4, files: 1)
            #expect(self.write("aaa\n", to: &sink) == 0)
            #expect(self.write("bbb\n", to: &sink) == 0)
            #expect(try self.contents(path) == "bbb\n")
            #expect(try self.contents("\(path).1") == nil)
        }
    }

    @Test("A directory that has gone loses no line: it goes on in the file that is open")
    func goneDirectory() throws {
        try self.withDirectory { directory in
            let path = "\(directory)/service.log"
            var sink = try RotatingFileSink(path: path, maxBytes: 4, files: 2)
            try FileManager.default.removeItem(atPath: directory)
            #expect(self.write("aaa\nbbb\n", to: &sink) == 0)
        }
    }

    @Test("A log file that cannot be opened is an error of its key")
    func cannotOpen() throws {
        var log = ServiceConfiguration.Log()
        log.file = "/no/such/directory/service.log"
        let error = try #require(throws: ConfigurationError.self) { try LogOutput(log, environment: [:]) }
        #expect(
            error.problems.map(\.description)
                == ["log.file: The file '/no/such/directory/service.log' cannot be opened: No such file or directory."]
        )
    }

    @Test("With a file in the configuration, loggers and the recorder write JSON into it")
    func output() throws {
        try self.withDirectory { directory in
            var log = ServiceConfiguration.Log()
            log.file = "\(directory)/service.log"
            log.level = .warning
            let output = try LogOutput(log, environment: [:])
            output.logger(label: "a").warning("here")
            output.logger(label: "a").info("not here")
            output.writer.close()
            let text = try #require(try self.contents("\(directory)/service.log"))
            #expect(text.hasSuffix(#""level":"warning","logger":"a","message":"here"}"# + "\n"))
            #expect(text.split(separator: "\n").count == 1)
        }
    }
}
