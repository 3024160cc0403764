import Domain
import Logging
import Testing

@testable import Application
@testable import Infrastructure

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("The log line of a request")
struct RequestRecorderTests {
    private func record() throws -> RequestRecord {
        RequestRecord(
            requestID: RequestID(generated: "id"),
            project: try ProjectName("search"),
            dialect: .openAI,
            operation: .chat,
            arrivedAt: sampleDate
        )
    }

    private func full() throws -> RequestRecord {
        let record = try self.record()
        record.model = try ModelName("Llama3.2:3b")
        record.engine = EngineName("local")
        record.warm = false
        record.status = 200
        record.queueWait = .zero
        record.firstEvent = .microseconds(123_456)
        record.total = .milliseconds(2500)
        record.overhead = .nanoseconds(1_234_567)
        record.usage = TokenUsage(promptTokens: 7, completionTokens: 9, cachedTokens: 3)
        record.pieces = 9
        record.timings = EngineTimings(
            total: .seconds(2),
            load: .milliseconds(400),
            promptEvaluation: .milliseconds(50),
            generation: .seconds(1)
        )
        record.reason = .stop
        return record
    }

    private func lines(_ record: RequestRecord, format: LogFormat = .json, level: Logger.Level = .info) -> [String] {
        logLines(format) { writer in
            LogRequestRecorder(writer: writer, format: format, level: level).record(record)
        }
    }

    @Test("A completed request is one line with everything that is known of it")
    func completed() throws {
        let expected = """
            {"time":"2026-11-21T04:11:50.623Z","level":"info","message":"request completed","request_id":"id",\
            "project":"search","dialect":"openai","operation":"chat","model":"llama3.2:3b","engine":"local",\
            "status":200,"ended":"completed","queue_wait_ms":0,"first_event_ms":123.456,"total_ms":2500,\
            "overhead_ms":1.235,"load_ms":400,"prompt_ms":50,"generation_ms":1000,"prompt_tokens":7,\
            "completion_tokens":9,"cached_tokens":3,"pieces":9,"warm":false,"reason":"stop"}
            """
        #expect(self.lines(try self.full()) == [expected])
    }

    @Test("A failure of the service or an engine is a warning with its code, and without its message")
    func failed() throws {
        let record = try self.record()
        record.status = 502
        record.ending = .failed(ServiceError(.engineError, "something about the prompt"))
        let found = try jsonFields(try #require(self.lines(record).first))
        #expect(found.contains("level=warning") && found.contains("message=request failed"))
        #expect(found.contains("ended=failed") && found.contains("error_code=engine_error"))
        #expect(!found.contains { $0.contains("prompt") })
    }

    @Test("A caller's mistake is information", arguments: [400, 404, 413, 429])
    func callersMistake(_ status: Int) throws {
        let record = try self.record()
        record.status = status
        record.ending = .failed(ServiceError(.invalidRequest, "no"))
        #expect(try jsonFields(try #require(self.lines(record).first)).contains("level=info"))
    }

    @Test("A cancelled request names the phase in which it was")
    func cancelled() throws {
        let record = try self.record()
        record.status = 499
        record.ending = .cancelled(.prefill)
        let found = try jsonFields(try #require(self.lines(record).first))
        #expect(found.contains("level=info") && found.contains("ended=cancelled"))
        #expect(found.contains("cancelled_phase=prefill"))
    }

    @Test("Below its level nothing is written")
    func level() throws {
        #expect(self.lines(try self.full(), level: .warning).isEmpty)
        let record = try self.record()
        record.status = 503
        #expect(self.lines(record, level: .warning).count == 1)
        #expect(self.lines(record, level: .error).isEmpty)
    }

    @Test("On a terminal it is one readable line")
    func terminal() throws {
        let line = try #require(self.lines(try self.full(), format: .terminal(colours: false)).first)
        #expect(line.hasPrefix("04:11:50.623Z INFO     request completed request_id=id project=search dialect=openai"))
        #expect(line.hasSuffix("pieces=9 warm=false reason=stop"))
    }
}
