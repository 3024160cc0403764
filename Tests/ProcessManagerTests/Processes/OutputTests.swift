import Foundation
import Testing

@testable import ProcessManager

struct LineSplitterTests {
    @Test func putsPiecesTogether() {
        var splitter = LineSplitter()
        #expect(splitter.feed("on".utf8).isEmpty)
        #expect(splitter.feed("e\ntwo\r\n\nthr".utf8) == ["one", "two", ""])
        #expect(splitter.finish() == "thr")
        #expect(splitter.finish() == nil)
    }

    @Test func cutsALineThatIsTooLong() {
        var splitter = LineSplitter(limit: 4)
        #expect(splitter.feed("abcdefgh\nabcd\n".utf8) == ["abcd…", "abcd"])
    }

    @Test func keepsTheLastLines() {
        var recent = RecentLines(limit: 2)
        for line in ["a", "b", "c"] { recent.append(line) }
        #expect(recent.lines == ["b", "c"])
    }
}

struct RotatingLogTests {
    private func read(_ path: String) -> [String]? {
        (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n").map(String.init)
    }

    @Test func movesFullFilesBackAndDropsTheOldest() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/ollama.log"
        let log = RotatingLog(path: path, maxBytes: 1024, files: 3)
        for number in 0..<50 { log.append("\(number) " + String(repeating: "x", count: 97)) }
        // A line takes 100 or 101 bytes: ten to a file.
        #expect(self.read(path)?.last?.hasPrefix("49 ") == true)
        #expect(self.read("\(path).1") != nil && self.read("\(path).2") != nil)
        #expect(self.read("\(path).3") == nil)
        for name in [path, "\(path).1", "\(path).2"] {
            let size = try FileManager.default.attributesOfItem(atPath: name)[.size] as? Int
            #expect(try #require(size) <= 1024)
        }
    }

    @Test func goesOnInAnExistingFile() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/ollama.log"
        RotatingLog(path: path).append("one")
        RotatingLog(path: path).append("two")
        #expect(self.read(path) == ["one", "two"])
    }

    @Test func oneFileIsEnough() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/ollama.log"
        let log = RotatingLog(path: path, maxBytes: 1024, files: 1)
        for number in 0..<30 { log.append("\(number) " + String(repeating: "x", count: 97)) }
        #expect(self.read(path)?.last?.hasPrefix("29 ") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["ollama.log"])
    }

    @Test func aLogThatCannotBeWrittenHarmsNobody() {
        RotatingLog(path: "/nowhere/at/all.log").append("lost")
    }
}
