import Foundation

/// A file that gets one JSON line for each thing that happens to a stand-in.
///
/// Several processes may append to it.
struct RecordFile: Sendable {
    private struct Line: Encodable {
        var event: String
        var time: Double
        var process: Int32
        var arguments: [String]
        var environment: [String: String]
    }

    let path: String
    let arguments: [String]
    let environment: [String: String]

    func write(_ event: String) {
        let line = Line(
            event: event,
            time: Date().timeIntervalSince1970,
            process: ProcessInfo.processInfo.processIdentifier,
            arguments: arguments,
            environment: environment
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(line) else { return }
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT, 0o644)
        guard descriptor >= 0 else { return Console.write("stand-in: cannot write \(path)\n") }
        // One write to an appending descriptor: lines of several processes do not mix.
        try? FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).write(contentsOf: data + Data("\n".utf8))
    }
}
