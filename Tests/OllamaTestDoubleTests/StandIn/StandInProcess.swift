import Foundation
import Testing

/// The stand-in as a child process.
final class StandInProcess {
    private let process = Process()
    private let errors = Pipe()
    private let folder: URL

    init(_ arguments: [String], _ environment: [String: String] = [:]) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "stand-in-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // Built beside the bundle of the tests' resources.
        process.executableURL = Bundle.module.bundleURL.deletingLastPathComponent().appending(path: "ollama-stand-in")
        process.arguments = arguments
        process.environment = environment.merging(["STAND_IN_RECORD": record.path]) { given, _ in given }
        process.standardError = errors
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    var isRunning: Bool { process.isRunning }

    private var record: URL { folder.appending(path: "record.jsonl") }

    /// The events so far.
    var events: [[String: Any]] {
        let text = (try? String(contentsOf: record, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
        }
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits for an event whose name begins so, and returns its name.
    func event(_ prefix: String) async throws -> String {
        for _ in 0..<1000 {
            if let name = events.compactMap({ $0["event"] as? String }).first(where: { $0.hasPrefix(prefix) }) {
                return name
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("no event \(prefix) in \(events)")
        return ""
    }

    /// Waits for the end; returns the status and what was written to standard error.
    func end() async throws -> (status: Int32, errors: String) {
        for _ in 0..<18_000 where process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
        try #require(!process.isRunning)
        let data = errors.fileHandleForReading.readDataToEndOfFile()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
