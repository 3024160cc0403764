import Domain
import Testing

@Suite("Trace context")
struct TraceContextTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let span = "00f067aa0ba902b7"
    private static var valid: String { "00-\(trace)-\(span)-01" }

    @Test("a valid header is read, and written as it was")
    func roundTrip() throws {
        let context = try #require(TraceContext(traceparent: Self.valid))
        #expect(context.traceID.description == Self.trace)
        #expect(context.spanID.description == Self.span)
        #expect(context.isSampled && !context.isRandom && context.state == nil)
        #expect(context.traceparent == Self.valid)
    }

    @Test(
        "the flags are read one by one, and those that are not known are not passed on",
        arguments: [
            ("00", false, false, "00"), ("01", true, false, "01"), ("02", false, true, "02"), ("03", true, true, "03"),
            ("ff", true, true, "03"), ("08", false, false, "00"),
        ]
    )
    func flags(_ flags: String, _ isSampled: Bool, _ isRandom: Bool, _ written: String) throws {
        let context = try #require(TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-\(flags)"))
        #expect(context.isSampled == isSampled && context.isRandom == isRandom)
        #expect(context.traceparent == "00-\(Self.trace)-\(Self.span)-\(written)")
    }

    @Test("a later version is read as far as this one goes, and written as this one")
    func laterVersion() throws {
        for later in ["01-\(Self.trace)-\(Self.span)-01", "cc-\(Self.trace)-\(Self.span)-01-what-comes.next"] {
            let context = try #require(TraceContext(traceparent: later))
            #expect(context.traceparent == Self.valid)
        }
        // Of a later version's flags only the first is known.
        #expect(TraceContext(traceparent: "01-\(Self.trace)-\(Self.span)-03")?.flags == 1)
    }

    @Test(
        "what is no traceparent is none",
        arguments: [
            "", "00", "00-", "garbage",
            // Version.
            "ff-\(trace)-\(span)-01", "0-\(trace)-\(span)-01", "0G-\(trace)-\(span)-01", "-0-\(trace)-\(span)-01",
            "FF-\(trace)-\(span)-01",
            // Ids.
            "00-00000000000000000000000000000000-\(span)-01", "00-\(trace)-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-\(span)-01", "00-\(trace)-00F067AA0BA902B7-01",
            "00-\(trace.dropLast())-\(span)-01", "00-\(trace)0-\(span)-01", "00-\(trace)-\(span.dropLast())-01",
            "00-\(trace.dropLast())g-\(span)-01", "00-\(trace)-\(span.dropLast()) -01",
            "00-\(trace.dropLast(2))\u{E9}-\(span)-01",
            // Flags.
            "00-\(trace)-\(span)-1", "00-\(trace)-\(span)-", "00-\(trace)-\(span)-0A", "00-\(trace)-\(span)-0x",
            // Around it.
            "00-\(trace)-\(span)-01-", "00-\(trace)-\(span)-01-more", "00-\(trace)-\(span)-01 ",
            " 00-\(trace)-\(span)-01", "00_\(trace)_\(span)_01", "01-\(trace)-\(span)-01.more",
            "01-\(trace)-\(span)-011",
            // Several headers, as they arrive in one value.
            "00-\(trace)-\(span)-01, 00-\(trace)-\(span)-01", "00-\(trace)-\(span)-01,00-\(trace)-\(span)-00",
            "01-\(trace)-\(span)-01, 01-\(trace)-\(span)-01",
            String(repeating: "0", count: 100_000),
        ]
    )
    func invalid(_ header: String) {
        #expect(TraceContext(traceparent: header, tracestate: "a=b") == nil)
    }

    @Test(
        "a tracestate that keeps the rules is passed on as it is",
        arguments: [
            "rojo=00f067aa0ba902b7", "rojo=1,congo=t61rcWkgMzE", " a= b , c=d\t", "a=b,,c=d", "0a@b/c*d-e_f=x y~!",
            "a=" + String(repeating: "v", count: 256), String(repeating: "k", count: 256) + "=v",
            (0..<32).map { "k\($0)=v" }.joined(separator: ","),
        ]
    )
    func state(_ state: String) {
        #expect(TraceContext(traceparent: Self.valid, tracestate: state)?.state == state)
    }

    @Test(
        "a tracestate that breaks the rules is left out, and the trace goes on",
        arguments: [
            "", ",", " , ", "a", "=b", "a=", "A=b", "a=b=c", "_a=b", "a=b,a=c", "a=\u{E9}", "a=\u{1}", "a b=c", "a =b",
            "a=b\u{7F}", "a=" + String(repeating: "v", count: 257), String(repeating: "k", count: 257) + "=v",
            (0..<33).map { "k\($0)=v" }.joined(separator: ","),
            (0..<4).map { "k\($0)=" + String(repeating: "v", count: 200) }.joined(separator: ","),
        ]
    )
    func brokenState(_ state: String) throws {
        let context = try #require(TraceContext(traceparent: Self.valid, tracestate: state))
        #expect(context.state == nil)
    }

    @Test("ids that belong to a span are its own, and never zero")
    func derived() throws {
        let span = try #require(SpanID(0x00F0_67AA_0BA9_02B7))
        let ids = (1...10_000).map(span.derived)
        #expect(Set(ids).count == ids.count && !ids.contains(span))
        #expect(span.derived(7) == span.derived(7))
    }
}
