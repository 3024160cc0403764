import Foundation
import Testing

/// The executable in front of an Ollama.
final class ServiceInFront {
    private let process = Process()
    private let folder: URL
    let port: Int

    init(ollama: Int) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "compatibility-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        process.executableURL = Bundle.module.bundleURL.deletingLastPathComponent().appending(path: "shared-ollama")
        process.arguments = [
            "serve", "--port", "0", "--engine-url", "http://127.0.0.1:\(ollama)", "--manage", "never",
            "--data-dir", folder.path,
        ]
        process.environment = ProcessInfo.processInfo.environment.filter {
            ["PATH", "HOME", "TMPDIR"].contains($0.key)
        }
        process.currentDirectoryURL = folder
        let output = folder.appending(path: "output")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        var text = ""
        for _ in 0..<3000 where !text.hasSuffix("\n") {
            try await Task.sleep(for: .milliseconds(10))
            text = (try? String(contentsOf: output, encoding: .utf8)) ?? ""
        }
        let number = text.split(whereSeparator: { $0 == ":" || $0 == "\n" }).last.flatMap { Int($0) }
        guard let number else {
            kill(process.processIdentifier, SIGKILL)
            throw DidNotListen(output: text)
        }
        port = number
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    struct DidNotListen: Error {
        let output: String
    }
}
