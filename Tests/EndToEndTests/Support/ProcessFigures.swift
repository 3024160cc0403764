import Foundation

/// What the operating system says of a process. Only Linux tells it this way.
enum ProcessFigures {
    #if os(Linux)
    static let areKnown = true
    #else
    static let areKnown = false
    #endif

    /// Resident memory in bytes.
    static func residentBytes(of pid: Int32) throws -> Int {
        try self.bytes("VmRSS:", of: pid)
    }

    /// The most resident memory that it ever had, in bytes.
    static func peakBytes(of pid: Int32) throws -> Int {
        try self.bytes("VmHWM:", of: pid)
    }

    private static func bytes(_ name: String, of pid: Int32) throws -> Int {
        let line = try self.text(pid, "status").split(separator: "\n").first { $0.hasPrefix(name) }
        let kilobytes = line?.split(separator: " ", omittingEmptySubsequences: true).dropFirst().first.flatMap {
            Int($0)
        }
        return (kilobytes ?? line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0) * 1024
    }

    /// How many descriptors are open.
    static func openDescriptors(of pid: Int32) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
    }

    /// The soft and the hard limit of open files.
    static func fileLimits(of pid: Int32) throws -> (soft: String, hard: String) {
        let line = try self.text(pid, "limits").split(separator: "\n").first { $0.hasPrefix("Max open files") }
        let words = (line ?? "").split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        return words.count > 4 ? (words[3], words[4]) : ("", "")
    }

    /// The environment with which a process was started, as one text.
    static func environment(of pid: Int32) throws -> String { try self.text(pid, "environ") }

    private static func text(_ pid: Int32, _ file: String) throws -> String {
        try String(contentsOfFile: "/proc/\(pid)/\(file)", encoding: .utf8)
    }
}
