import Domain
import Testing

@testable import Application
@testable import Infrastructure

@Suite("OTLP")
struct OTLPTests {
    private static func span() throws -> Span {
        let context = try #require(
            TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03", tracestate: "a=1,b=2")
        )
        var span = Span(
            context: context,
            parent: SpanID(0xAB),
            isParentRemote: true,
            name: "POST /api/chat",
            kind: .server,
            start: 1_764_288_000_123_456_789,
            end: 1_764_288_001_000_000_000
        )
        span.attributes = [
            SpanAttribute("text", .text("a \"quoted\" word\n")), SpanAttribute("integer", .integer(.max)),
            SpanAttribute("number", .number(0.5)), SpanAttribute("whole", .number(2)),
            SpanAttribute("truth", .truth(false)), SpanAttribute("texts", .texts(["stop", "length"])),
            SpanAttribute("none", .texts([])),
        ]
        span.isFailed = true
        return span
    }

    @Test(
        "A batch is written as the JSON form of OTLP wants it: hexadecimal ids, long numbers as texts, numbers of enumerations"
    )
    func golden() throws {
        var plain = try Self.span()
        plain.parent = nil
        plain.isParentRemote = false
        plain.attributes = []
        plain.isFailed = false
        plain.kind = .client
        plain.name = "chat m"
        plain.context.state = nil
        plain.context.isRandom = false
        let traces = OTLPTraces(serviceName: "shared-ollama", version: "1.2.3", instance: "i")
        let body = String(decoding: traces.body([try Self.span(), plain]), as: UTF8.self)
        #expect(
            body == """
                {"resourceSpans":[{"resource":{"attributes":[\
                {"key":"service.name","value":{"stringValue":"shared-ollama"}},\
                {"key":"service.version","value":{"stringValue":"1.2.3"}},\
                {"key":"service.instance.id","value":{"stringValue":"i"}}]},\
                "scopeSpans":[{"scope":{"name":"shared-ollama","version":"1.2.3"},"spans":[\
                {"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","traceState":"a=1,b=2",\
                "parentSpanId":"00000000000000ab","flags":771,"name":"POST /api/chat","kind":2,\
                "startTimeUnixNano":"1764288000123456789","endTimeUnixNano":"1764288001000000000","attributes":[\
                {"key":"text","value":{"stringValue":"a \\"quoted\\" word\\n"}},\
                {"key":"integer","value":{"intValue":"9223372036854775807"}},\
                {"key":"number","value":{"doubleValue":0.5}},{"key":"whole","value":{"doubleValue":2}},\
                {"key":"truth","value":{"boolValue":false}},\
                {"key":"texts","value":{"arrayValue":{"values":[{"stringValue":"stop"},{"stringValue":"length"}]}}},\
                {"key":"none","value":{"arrayValue":{"values":[]}}}],"status":{"code":2}},\
                {"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","flags":257,"name":"chat m",\
                "kind":3,"startTimeUnixNano":"1764288000123456789","endTimeUnixNano":"1764288001000000000","status":{}}\
                ]}]}]}
                """
        )
    }

    @Test(
        "Only the statuses that OTLP names are reason to try again",
        arguments: [
            (200, SpanDelivery.taken(rejected: 0, words: nil)), (202, .taken(rejected: 0, words: nil)),
            (429, .retry(after: nil, reason: "the collector answers with status 429")),
            (502, .retry(after: nil, reason: "the collector answers with status 502")),
            (503, .retry(after: nil, reason: "the collector answers with status 503")),
            (504, .retry(after: nil, reason: "the collector answers with status 504")),
            (307, .refused(reason: "the collector answers with status 307")),
            (400, .refused(reason: "the collector answers with status 400")),
            (401, .refused(reason: "the collector answers with status 401")),
            (404, .refused(reason: "the collector answers with status 404")),
            (500, .refused(reason: "the collector answers with status 500")),
        ]
    )
    func statuses(_ status: Int, _ delivery: SpanDelivery) {
        #expect(OTLPAnswer.delivery(status: status, retryAfter: nil, body: []) == delivery)
    }

    @Test("A collector's Retry-After counts in seconds; a date and nonsense do not")
    func retryAfter() {
        func wish(_ text: String) -> Duration? {
            guard case .retry(let after, _) = OTLPAnswer.delivery(status: 503, retryAfter: text, body: []) else {
                return nil
            }
            return after
        }
        #expect(wish("7") == .seconds(7) && wish("0") == .zero && wish("99999999999") == .seconds(86_400))
        for nonsense in ["", "-1", "soon", "1.5", "Wed, 21 Oct 2026 07:28:00 GMT", "99999999999999999999999"] {
            #expect(wish(nonsense) == nil, "\(nonsense)")
        }
    }

    @Test(
        "What a collector says of rejected spans is read, and nonsense means that all were taken",
        arguments: [
            (#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}"#, 3, "too old"),
            (#"{"partialSuccess":{"rejectedSpans":3}}"#, 3, nil),
            (#"{"partialSuccess":{"errorMessage":"be careful"}}"#, 0, "be careful"),
            (#"{"partialSuccess":{}}"#, 0, nil),
            (#"{"partialSuccess":{"rejectedSpans":"-3","errorMessage":""}}"#, 0, nil), ("{}", 0, nil), ("", 0, nil),
            ("<html>", 0, nil), (#"{"partialSuccess":[]}"#, 0, nil),
            (#"{"partialSuccess":{"rejectedSpans":{}}}"#, 0, nil),
        ] as [(String, Int, String?)]
    )
    func partialSuccess(_ body: String, _ rejected: Int, _ words: String?) {
        let delivery = OTLPAnswer.delivery(status: 200, retryAfter: nil, body: Array(body.utf8))
        #expect(delivery == .taken(rejected: rejected, words: words))
    }

    @Test("Of a long message only the beginning is told")
    func longWords() {
        let body = #"{"partialSuccess":{"errorMessage":"\#(String(repeating: "x", count: 10_000))"}}"#
        guard case .taken(_, let words) = OTLPAnswer.delivery(status: 200, retryAfter: nil, body: Array(body.utf8))
        else {
            Issue.record("it was taken")
            return
        }
        #expect(words?.count == 200)
    }
}
