import Foundation
import Testing

@testable import ProcessManager

struct DataDirectoryTests {
    @Test func createsWhatIsMissingForThisUserOnly() throws {
        let parent = try TemporaryDirectory()
        let path = "\(parent.path)/deep/er/data"
        let directory = try DataDirectory(at: path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o700)
        #expect(FileManager.default.fileExists(atPath: directory.logs))
        let lock = try String(contentsOfFile: "\(path)/lock", encoding: .utf8)
        #expect(lock == "\(ProcessInfo.processInfo.processIdentifier)\n")
    }

    @Test func aSecondOneIsRefusedByName() throws {
        let parent = try TemporaryDirectory()
        let first = try DataDirectory(at: parent.path)
        let error = #expect(throws: DataDirectoryError.self) { try DataDirectory(at: parent.path) }
        #expect(error?.description.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
        #expect(error?.description.contains(first.path) == true)
    }

    @Test func theLockEndsWithItsHolder() throws {
        let parent = try TemporaryDirectory()
        do { _ = try DataDirectory(at: parent.path) }
        _ = try DataDirectory(at: parent.path)
    }

    @Test func aFileInItsPlaceIsAnError() throws {
        let parent = try TemporaryDirectory()
        let file = try parent.script("file", "")
        #expect(throws: DataDirectoryError(description: "\(file) is not a directory")) { try DataDirectory(at: file) }
    }
}
