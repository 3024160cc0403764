import Domain
import Synchronization
import TestSupport
import Testing

@testable import Application

@Suite("The recording of exchanges")
struct ExchangeRecordingTests {
    /// Keeps exchanges in memory.
    private final class Captured: ExchangeCapture {
        let bodyLimit: Int
        private let all = Mutex<[CapturedExchange]>([])

        init(bodyLimit: Int = 1024) {
            self.bodyLimit = bodyLimit
        }

        var exchanges: [CapturedExchange] { self.all.withLock(\.self) }
        func begin() -> Bool { true }
        func keep(_ exchange: CapturedExchange) { self.all.withLock { $0.append(exchange) } }
    }

    private static func recording(
        _ capture: Captured,
        headers: [(name: String, value: String)] = [],
        key: String? = nil,
        clock: ManualClock = ManualClock()
    ) -> ExchangeRecording {
        ExchangeRecording(
            requestID: RequestID(generated: "r1"),
            method: "POST",
            path: "/api/v1/chat",
            headers: headers,
            key: key,
            capture: capture,
            clock: clock
        )
    }

    @Test("What was sent and got is kept once, with the time that it took")
    func whole() throws {
        let (capture, clock) = (Captured(), ManualClock())
        let recording = Self.recording(capture, headers: [("Accept", "*/*")], clock: clock)
        recording.took(Array("question".utf8))
        recording.answers(200, headers: [("Content-Type", "text/plain")], to: try ProjectName("search"))
        recording.sends(Array("ans".utf8))
        recording.sends(Array("wer".utf8))
        clock.advance(by: .milliseconds(30))
        recording.end(isComplete: true)
        recording.end(isComplete: false)
        let exchange = try #require(capture.exchanges.first)
        #expect(capture.exchanges.count == 1 && exchange.isComplete && exchange.status == 200)
        #expect(exchange.duration == .milliseconds(30) && exchange.project?.description == "search")
        #expect(exchange.request.text == "question" && exchange.response.text == "answer")
        #expect(!exchange.request.isTruncated && exchange.response.byteCount == 6)
    }

    @Test("An exchange that nobody ends is kept as one that was cut")
    func dropped() {
        let capture = Captured()
        do { Self.recording(capture).took([1]) }
        #expect(capture.exchanges.map(\.isComplete) == [false])
    }

    @Test("Of a long body the beginning is kept, whole characters only, and its length")
    func long() throws {
        let capture = Captured(bodyLimit: 8)
        let recording = Self.recording(capture)
        recording.took(Array("1234567ü890".utf8))
        for _ in 0..<100 { recording.sends(Array("x".utf8)) }
        recording.end(isComplete: true)
        let exchange = try #require(capture.exchanges.first)
        #expect(exchange.request.text == "1234567" && exchange.request.isTruncated && exchange.request.byteCount == 12)
        #expect(exchange.response.text == "xxxxxxxx" && exchange.response.byteCount == 100)
    }

    @Test("What is no text is not told as one")
    func binary() throws {
        let capture = Captured()
        let recording = Self.recording(capture)
        recording.took([0xFF, 0xFE, 0x00])
        recording.end(isComplete: true)
        let request = try #require(capture.exchanges.first).request
        #expect(request.text == nil && request.byteCount == 3)
    }

    @Test("Keys are in neither headers nor bodies, whole or cut")
    func keys() throws {
        let own = "so_search_\(String(repeating: "k", count: 43))"
        let capture = Captured(bodyLimit: 140)
        let headers = [
            ("Authorization", "Bearer \(own)"), ("X-Api-Key", "abc"), ("Cookie", "a=b"), ("X-Session-Token", "t"),
            ("X-Note", "my key is \(own)"), ("Accept", "*/*"),
        ]
        let recording = Self.recording(capture, headers: headers.map { (name: $0.0, value: $0.1) }, key: "plain-key")
        recording.took(
            Array(
                "{\"a\":\"\(own)\",\"b\":\"\\nplain-key.\",\"c\":\"sk-abcdefghijklmnopqrstuv\"} so_cut_kkkkkkkkkkkkkkkkkkkkkkk"
                    .utf8
            )
        )
        recording.answers(200, headers: [("Set-Cookie", "s=1")], to: nil)
        recording.sends(Array("so_short and task-force and sk-short stay".utf8))
        recording.end(isComplete: true)
        let exchange = try #require(capture.exchanges.first)
        let values = exchange.request.headers.map(\.value)
        #expect(
            values == [
                "[redacted]", "[redacted]", "[redacted]", "[redacted]", "my key is [redacted]", "*/*",
            ]
        )
        #expect(exchange.response.headers.map(\.value) == ["[redacted]"])
        #expect(
            exchange.request.text == "{\"a\":\"[redacted]\",\"b\":\"\\n[redacted].\",\"c\":\"[redacted]\"} [redacted]"
        )
        #expect(exchange.response.text == "so_short and task-force and sk-short stay")
    }

    @Test("The shown key is taken out also where the body was cut in it")
    func cutKey() throws {
        let capture = Captured(bodyLimit: 10)
        let recording = Self.recording(capture, key: "secret-of-mine")
        recording.took(Array("key: secret-of-mine".utf8))
        recording.end(isComplete: true)
        #expect(try #require(capture.exchanges.first).request.text == "key: [redacted]")
    }
}
