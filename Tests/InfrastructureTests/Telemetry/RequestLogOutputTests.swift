import Domain
import Logging
import TestSupport
import Testing

@testable import Application
@testable import Infrastructure

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("The request log")
struct RequestLogOutputTests {
    private static func open(
        _ directory: String,
        _ settings: ServiceConfiguration.RequestLog,
        metrics: any Metrics = RecordingMetrics()
    ) throws -> RequestLogOutput {
        try RequestLogOutput(settings, directory: directory, clock: ManualClock(), metrics: metrics)
    }

    private static func lines(_ path: String) throws -> [String] {
        (try ConfigurationFile.read(path) ?? "").split(separator: "\n").map(String.init)
    }

    private static func exchange(_ id: String, body: String = "") -> CapturedExchange {
        var exchange = CapturedExchange(requestID: RequestID(generated: id), method: "POST", path: "/api/v1/chat")
        exchange.request.headers = [("Accept", "*/*")]
        exchange.request.body = Array(body.utf8)
        exchange.request.byteCount = body.utf8.count
        exchange.status = 200
        exchange.duration = .microseconds(1500)
        exchange.isComplete = true
        return exchange
    }

    @Test("It is there unless it is switched off, and nothing is captured unless that is switched on")
    func switches() async throws {
        try await TemporaryDirectory.with { directory in
            var settings = ServiceConfiguration.RequestLog()
            let usual = try Self.open(directory, settings)
            #expect(usual.writer != nil && usual.exchanges == nil)
            #expect(!FileManager.default.fileExists(atPath: "\(directory)/exchanges.jsonl"))
            settings.isEnabled = false
            settings.capture = 1
            let other = try Self.open(directory, settings)
            #expect(other.writer == nil && other.exchanges != nil)
        }
    }

    @Test("Exchanges are written as lines of JSON, so many and no more")
    func exchanges() async throws {
        try await TemporaryDirectory.with { directory in
            var settings = ServiceConfiguration.RequestLog()
            settings.capture = 3
            let output = try Self.open(directory, settings)
            let log = try #require(output.exchanges)
            var wanted = 0
            for number in 0..<10 where log.begin() {
                wanted += 1
                log.keep(Self.exchange("r\(number)", body: "say \"hi\"\n"))
            }
            output.close()
            let lines = try Self.lines("\(directory)/exchanges.jsonl")
            #expect(wanted == 3 && lines.count == 3)
            let fields = try jsonFields(try #require(lines.first))
            #expect(
                fields == [
                    "time=1970-01-01T00:00:00.000Z", "request_id=r0", "method=POST", "path=/api/v1/chat", "status=200",
                    "duration_ms=1.5", "complete=true",
                    #"request={"headers":{"Accept":"*/*"},"bytes":9,"body":"say \"hi\"\n","truncated":false}"#,
                    #"response={"headers":{},"bytes":0,"body":"","truncated":false}"#,
                ]
            )
        }
    }

    @Test("The files together never take more than their share of the disk")
    func bounded() async throws {
        try await TemporaryDirectory.with { directory in
            var settings = ServiceConfiguration.RequestLog()
            (settings.maxBytes, settings.files, settings.capture) = (8192, 3, 100_000)
            let output = try Self.open(directory, settings)
            let log = try #require(output.exchanges)
            for number in 0..<200 where log.begin() {
                log.keep(Self.exchange("r\(number)", body: String(repeating: "x", count: 1000)))
            }
            output.close()
            let sizes = try ["", ".1", ".2"].map { suffix in
                try ConfigurationFile.read("\(directory)/exchanges.jsonl\(suffix)")?.utf8.count ?? 0
            }
            #expect(sizes.allSatisfy { $0 > 0 && $0 <= 8192 }, "\(sizes)")
            #expect(!FileManager.default.fileExists(atPath: "\(directory)/exchanges.jsonl.3"))
            #expect(try Self.lines("\(directory)/exchanges.jsonl").last?.contains("\"r199\"") == true)
        }
    }

    @Test("Lines for which there is no room are counted")
    func dropped() async throws {
        try await TemporaryDirectory.with { directory in
            var settings = ServiceConfiguration.RequestLog()
            settings.maxBufferedBytes = 10
            let metrics = RecordingMetrics()
            let output = try Self.open(directory, settings, metrics: metrics)
            let writer = try #require(output.writer)
            writer.write(Array("longer than ten\n".utf8))
            writer.write(Array("short\n".utf8))
            output.close()
            #expect(metrics.count(.requestLogDropped, "requests") == 1)
            #expect(try Self.lines("\(directory)/requests.jsonl").first == "short")
        }
    }

    @Test("A directory that is not there is an error that names the file")
    func missing() {
        #expect { try Self.open("/no/such/place", .init()) } throws: { error in
            (error as? ConfigurationError)?.description.contains("/no/such/place/requests.jsonl") == true
        }
    }

    @Test("The request log has every request as JSON, whatever the log's level and look are")
    func recorder() async throws {
        try await TemporaryDirectory.with { directory in
            let output = try Self.open(directory, .init())
            let memory = MemorySink()
            let log = LogWriter(sink: memory.sink, format: .terminal(colours: false))
            let record = RequestRecord(
                requestID: RequestID(generated: "id"),
                project: try ProjectName("search"),
                dialect: .native,
                operation: .chat,
                arrivedAt: sampleDate
            )
            record.status = 200
            for level in [.error, .info] as [Logger.Level] {
                LogRequestRecorder(
                    writer: log,
                    format: .terminal(colours: false),
                    level: level,
                    requestLog: output.writer
                ).record(record)
            }
            log.close()
            output.close()
            let lines = try Self.lines("\(directory)/requests.jsonl")
            #expect(lines.count == 2 && lines.allSatisfy { $0.hasPrefix("{\"time\"") && $0.contains("\"id\"") })
            #expect(memory.lines.count == 1 && !memory.lines[0].hasPrefix("{"))
        }
    }
}
