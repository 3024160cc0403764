public import Application
import Domain
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes exchanges into `logs/exchanges.jsonl`, so many from the start of the service on and no more: a switch that is
/// forgotten does not go on collecting what callers say.
public final class ExchangeLog: ExchangeCapture {
    private let writer: LogWriter
    private let limit: Int
    private let clock: any ServiceClock
    private let begun = Atomic<Int>(0)

    /// How much is kept of a body, in bytes.
    public let bodyLimit: Int

    init(writer: LogWriter, limit: Int, bodyLimit: Int, clock: any ServiceClock) {
        self.writer = writer
        self.limit = limit
        self.bodyLimit = bodyLimit
        self.clock = clock
    }

    /// See ``ExchangeCapture/begin()``.
    public func begin() -> Bool {
        guard self.begun.load(ordering: .relaxed) < self.limit else { return false }
        return self.begun.add(1, ordering: .relaxed).newValue <= self.limit
    }

    /// See ``ExchangeCapture/keep(_:)``.
    public func keep(_ exchange: CapturedExchange) {
        let size = exchange.request.body.count + exchange.response.body.count
        var writer = JSONWriter(capacity: size + size / 8 + 2048)
        writer.object { writer in
            writer.field("time", LogTime.text(self.clock.wallTime))
            writer.field("request_id", exchange.requestID.description)
            writer.field("project", exchange.project?.description)
            writer.field("method", exchange.method)
            writer.field("path", exchange.path)
            writer.field("status", exchange.status)
            writer.field("duration_ms", (exchange.duration.milliseconds * 1000).rounded() / 1000)
            writer.field("complete", exchange.isComplete)
            for (key, message) in [("request", exchange.request), ("response", exchange.response)] {
                writer.key(key)
                writer.object { Self.write(message, to: &$0) }
            }
        }
        self.writer.write(writer.bytes + [UInt8(ascii: "\n")])
    }

    func close() {
        self.writer.close()
    }

    private static func write(_ message: CapturedExchange.Message, to writer: inout JSONWriter) {
        writer.key("headers")
        writer.object { writer in
            for header in message.headers { writer.field(header.name, header.value) }
        }
        writer.field("bytes", message.byteCount)
        writer.field("body", message.text)
        writer.field("truncated", message.isTruncated)
    }
}
