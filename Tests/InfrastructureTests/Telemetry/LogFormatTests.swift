import Domain
import Logging
import Testing

@testable import Infrastructure

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("The form of the log")
struct LogFormatTests {
    @Test(
        "Times are RFC 3339 in UTC with milliseconds",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (-0.001, "1969-12-31T23:59:59.999Z"),
            (951_782_399.5, "2000-02-28T23:59:59.500Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (951_868_800, "2000-03-01T00:00:00.000Z"),
            (1_709_164_800, "2024-02-29T00:00:00.000Z"),
            (1_795_234_308.123, "2026-11-21T04:11:48.123Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799.999, "9999-12-31T23:59:59.999Z"),
        ] as [(Double, String)]
    )
    func times(_ seconds: Double, _ text: String) {
        // Half a millisecond more, so that no rounding of the binary fraction decides.
        #expect(LogTime.text(Date(timeIntervalSince1970: seconds + 0.0005)) == text)
    }

    @Test("Every day of four centuries follows the one before it")
    func days() {
        var previous = ""
        for day in 0..<146_097 {
            let text = String(LogTime.text(Date(timeIntervalSince1970: Double(day) * 86_400)).prefix(10))
            #expect(text > previous)
            previous = text
        }
        #expect(previous == "2369-12-31")
    }

    @Test("People at a terminal get readable lines, in colours unless they do not want them; all others get JSON")
    func preferred() {
        #expect(LogFormat.preferred(isTerminal: false, environment: [:]) == .json)
        #expect(LogFormat.preferred(isTerminal: true, environment: [:]) == .terminal(colours: true))
        #expect(LogFormat.preferred(isTerminal: true, environment: ["NO_COLOR": ""]) == .terminal(colours: true))
        #expect(LogFormat.preferred(isTerminal: true, environment: ["NO_COLOR": "1"]) == .terminal(colours: false))
        #expect(LogFormat.preferred(isTerminal: true, environment: ["TERM": "dumb"]) == .terminal(colours: false))
    }

    @Test("A line for a terminal has aligned columns, and quotes where a value is more than a word")
    func terminalLine() {
        func line(_ level: Logger.Level) -> String {
            let content = ListedFields(text: [("engine", "local"), ("why", "no \"answer\""), ("none", "")])
            let format = LogFormat.terminal(colours: false)
            return String(
                decoding: format.line(time: sampleDate, level: level, message: "it \"fell\"", content: content),
                as: UTF8.self
            )
        }
        #expect(line(.info) == "04:11:48.123Z INFO     it \"fell\" engine=local why=\"no \\\"answer\\\"\" none=\"\"\n")
        #expect(line(.critical).hasPrefix("04:11:48.123Z CRITICAL it"))
    }

    @Test("Colours stand around the time, the level and the names of fields")
    func colours() {
        let bytes = LogFormat.terminal(colours: true)
            .line(time: sampleDate, level: .error, message: "m", content: ListedFields(text: [("k", "v")]))
        let expected =
            "\u{1B}[2m04:11:48.123Z\u{1B}[0m \u{1B}[31mERROR\u{1B}[0m    m \u{1B}[2mk=\u{1B}[0mv\n"
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    @Test("A caller's text can neither drive the terminal nor feign a line")
    func terminalInjection() {
        let nasty = "a\u{1B}[2J\nb\r\u{7F}\u{9B}\u{202E}é"
        let bytes = LogFormat.terminal(colours: false)
            .line(time: sampleDate, level: .info, message: nasty, content: ListedFields(text: [(nasty, nasty)]))
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.unicodeScalars.filter { $0 == "\n" }.count == 1)
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && !(0x7F..<0xA0).contains($0.value) })
        #expect(!text.unicodeScalars.contains("\u{202E}"))
        #expect(text.contains("\\u{1b}[2J\\u{a}b") && text.contains("é"))
    }

    @Test("A line of JSON is one line, whatever is in it")
    func jsonLine() throws {
        let bytes = LogFormat.json.line(
            time: sampleDate,
            level: .notice,
            logger: "here",
            message: "a\nb\u{0}\"",
            content: ListedFields(text: [("k", "v\n")])
        )
        #expect(bytes.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        #expect(
            try jsonFields(String(decoding: bytes, as: UTF8.self)) == [
                "time=2026-11-21T04:11:48.123Z", "level=notice", "logger=here", "message=a\nb\u{0}\"", "k=v\n",
            ]
        )
    }
}
