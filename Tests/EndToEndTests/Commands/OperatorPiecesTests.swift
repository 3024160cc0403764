import Domain
import Foundation
import Testing

@testable import SharedOllama

@Suite("What the operators' commands make of answers")
struct OperatorPiecesTests {
    private static func value(_ text: String) throws -> JSONValue { try JSONParser.parse(Array(text.utf8)) }

    @Test("Events are put together of lines; comments and unknown fields are passed over")
    func events() throws {
        var reader = EventReader()
        var events: [ServiceEvent] = []
        let lines = [
            ": queued position=1", "", "event: state", "data: {\"a\":", "data: 1}", "id: 7", "", "data:[2]", "", "",
        ]
        for line in lines {
            if let event = try reader.take(line) { events.append(event) }
        }
        #expect(
            events == [
                ServiceEvent(name: "state", data: try Self.value(#"{"a": 1}"#)),
                ServiceEvent(data: try Self.value("[2]")),
            ]
        )
        #expect(throws: ClientFailure.self) {
            _ = try reader.take("data: no")
            _ = try reader.take("")
        }
    }

    @Test(
        "A point of time is a day, a time, or how long ago",
        arguments: [
            ("2026-01-31", 1_769_817_600), ("2026-01-31T10:00:00Z", 1_769_853_600),
            ("2026-01-31T10:00:00.500Z", 1_769_853_600.5), ("90m", 999_994_600), ("1.5h", 999_994_600),
            ("7d", 999_395_200), ("2w", 998_790_400), ("30s", 999_999_970), ("yesterday", nil), ("", nil), ("m", nil),
            ("-3h", nil), ("0d", nil), ("infd", nil), ("1e300w", nil), ("2026-13-01", nil),
        ] as [(String, Double?)]
    )
    func moments(_ text: String, _ expected: Double?) {
        let now = Date(timeIntervalSince1970: 1_000_000_000)
        #expect(Moment.read(text, now: now)?.timeIntervalSince1970 == expected)
    }

    @Test(
        "Latencies are told with few digits",
        arguments: [(0, "0 ms"), (2.54, "2.5 ms"), (830.4, "830 ms"), (2449, "2.4 s"), (185_000, "3 min 5 s")]
            as [(Double, String)]
    )
    func latencies(_ milliseconds: Double, _ text: String) {
        #expect(PlainWords.latency(milliseconds: milliseconds) == text)
    }

    @Test("A screen holds no more lines and columns than it has, and wipes what stood there")
    func screen() {
        let fitted = Screen.fit("abcdef\nxy\nz\nlost", columns: 4, lines: 3)
        #expect(fitted == "abc…\u{1B}[K\nxy\u{1B}[K\nz\u{1B}[K")
    }

    @Test("What an engine's log told stands under the engines, with its advice")
    func remarks() throws {
        let engine = try Self.value(
            #"""
            {"name":"local","state":"up","reason":"engine_wedged","breaker":"open","restarts":2,"events":[
              {"code":"out_of_memory","at":"2026-01-31T10:00:00Z","count":3,"advice":"Use a smaller context."},
              {"code":"gpu_lost","at":"2026-01-31T11:00:00Z","count":1,"advice":"Look at the driver."}]}
            """#
        )
        #expect(
            StateReport.remarks(engine) == [
                "local: engine_wedged",
                "local: failed too often, so that nothing is sent to it (breaker open)",
                "local: started again 2 times",
                "local: out_of_memory 3 times, last at 2026-01-31T10:00:00Z: Use a smaller context.",
                "local: gpu_lost at 2026-01-31T11:00:00Z: Look at the driver.",
            ]
        )
        let report = StateReport(
            .object([
                "engines": .array([
                    try Self.value(#"{"name":"a","kind":"ollama","state":"up","cpu_percent":149.6,"memory_mb":2500}"#)
                ])
            ])
        )
        #expect(report.engines.contains("150 %") && report.engines.contains("2.5 GB"))
    }

    @Test("An answer of any shape, and of nothing, makes a report and not a crash")
    func anything() throws {
        for text in ["null", "[]", "{}", #"{"engines":[1],"requests":[{}],"request_count":3,"queues":{"chat":7}}"#] {
            let report = StateReport(try Self.value(text))
            _ = report.engines + report.queues + report.requests(limit: 5) + report.projects + report.batches
            _ = report.lastMinute + report.failures(limit: 5) + report.models(.null)
            #expect(!report.isUnhealthy)
        }
    }

    @Test("Cells of CSV are quoted where they must be")
    func csv() throws {
        let usage = try Self.value(#"{"by":"model","usage":[{"model":"a,\"b\"","requests":2}]}"#)
        #expect(UsageTable(usage).csv.hasSuffix("\r\n\"a,\"\"b\"\"\",2,0,0,0,0,0,0,0\r\n"))
    }

    @Test("A model stands under every engine that has it in memory, whatever its spelling")
    func modelRows() throws {
        let list = try Self.value(
            #"{"models":[{"name":"cold:1b","size":10,"engines":["a"]},{"name":"Hot","size":20,"engines":["a","b"]}]}"#
        )
        let loaded = [
            try Self.value(#"{"name":"hot:latest","engine":"a","pinned":true}"#),
            try Self.value(#"{"name":"hot","engine":"b"}"#),
        ]
        let rows = ModelRow.rows(list, loaded: loaded)
        #expect(rows.map(\.name) == ["Hot", "cold:1b"])
        #expect(rows[0].loaded == [.init(engine: "a", isPinned: true), .init(engine: "b", isPinned: false)])
        #expect(rows[1].loaded.isEmpty)
    }
}
