import Domain
import Logging
import Synchronization

@testable import Infrastructure

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Keeps what is written.
final class MemorySink: Sendable {
    private let written = Mutex<[UInt8]>([])
    /// Called before each batch is taken, on the thread that writes.
    private let beforeWrite: @Sendable () -> Void

    init(beforeWrite: @escaping @Sendable () -> Void = {}) {
        self.beforeWrite = beforeWrite
    }

    var lines: [String] {
        self.written.withLock { String(decoding: $0, as: UTF8.self) }.split(separator: "\n").map(String.init)
    }

    var sink: some LogSink { Sink(memory: self) }

    private struct Sink: LogSink {
        let memory: MemorySink

        func write(_ lines: [UInt8], isHurried: () -> Bool) -> Int {
            self.memory.beforeWrite()
            self.memory.written.withLock { $0 += lines }
            return 0
        }
    }
}

/// Runs a body with a writer and gives the lines that it wrote.
func logLines(_ format: LogFormat = .json, _ body: (LogWriter) -> Void) -> [String] {
    let memory = MemorySink()
    let writer = LogWriter(sink: memory.sink, format: format)
    body(writer)
    writer.close()
    return memory.lines
}

/// The fields of a line of JSON in order, as text.
func jsonFields(_ line: String) throws -> [String] {
    guard case .object(let object) = try JSONParser.parse(Array(line.utf8)) else { return [] }
    return object.members.map { "\($0.key)=\($0.value.string ?? $0.value.text)" }
}

/// Fields of a line that a test lists itself.
struct ListedFields: LogContent {
    let text: [(String, String)]

    func write(to fields: inout some LogFields) {
        for (key, value) in self.text { fields.field(key, value) }
    }
}

/// The point in time `2026-11-21T04:11:48.123Z`.
let sampleDate = Date(timeIntervalSince1970: 1_795_234_308.123)
