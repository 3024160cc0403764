import Testing

@testable import SharedOllama

@Suite("What the commands share that are clients of a service")
struct ClientBaseTests {
    @Test(
        "An address needs no scheme, and loses its last slash",
        arguments: [
            (nil, "http://127.0.0.1:8000"), ("", "http://127.0.0.1:8000"), ("box:8123", "http://box:8123"),
            ("https://box/", "https://box"), ("http://[::1]:8000//", "http://[::1]:8000"),
            ("https://box/ollama/", "https://box/ollama"),
        ] as [(String?, String)]
    )
    func address(_ text: String?, _ expected: String) throws {
        #expect(try ServiceAddress(text).description == expected)
    }

    @Test(
        "What is no address is a wrong command line",
        arguments: ["ftp://box", "http://", "http:// box", "unix:///x"]
    )
    func wrongAddress(_ text: String) {
        #expect { try ServiceAddress(text) } throws: { ($0 as? ClientFailure)?.exitStatus == 2 }
    }

    @Test(
        "An answer's error is told in its own words, whatever its dialect",
        arguments: [
            (404, #"{"title":"Not found","detail":"There is none."}"#, "There is none. (404)", 4),
            (429, #"{"error":{"message":"Too much.","code":"rate_limited"}}"#, "Too much. (429)", 4),
            (503, #"{"error":"busy"}"#, "busy (503)", 4),
            (502, #"{"error":"bad"}"#, "bad (502)", 1),
            (500, "<html>", "the service answered without a reason (500)", 1),
        ] as [(Int, String, String, Int32)]
    )
    func failure(_ status: Int, _ body: String, _ text: String, _ exit: Int32) {
        let failure = ClientFailure(status: status, body: Array(body.utf8))
        #expect(failure.description == text)
        #expect(failure.exitStatus == exit)
    }

    @Test("Names of models are one part of a path")
    func escaping() {
        #expect(ServiceClient.escaped("hf.co/a/b:Q4 é~") == "hf.co%2Fa%2Fb%3AQ4%20%C3%A9~")
    }

    @Test("A bar fills, fits its line, and is never more than full")
    func bar() {
        #expect(ProgressBar(done: 1, of: 2, text: "x").line(width: 30) == "[#########.........]  50%  x")
        #expect(ProgressBar(done: 9, of: 3, text: "").fraction == 1)
        #expect(ProgressBar(done: 1, of: 0, text: "").fraction == 0)
        for width in 1...120 {
            #expect(
                ProgressBar(done: 2, of: 3, text: "2 of 3, 1 failed, 4 min left").line(width: width).count
                    < max(2, width)
            )
        }
    }

    @Test("A table's columns stand under each other")
    func table() {
        var table = TextTable(["NAME", "SIZE"])
        table.add(["a-long-name", "1"])
        table.add(["b"])
        #expect(table.text == "NAME         SIZE\na-long-name  1\nb\n")
    }

    @Test(
        "Times are told in two units",
        arguments: [
            (0, "0 s"), (42.1, "43 s"), (125, "2 min 5 s"), (12_000, "3 h 20 min"), (187_200, "2 d 4 h"),
            (.infinity, "11574 d 1 h"),
        ]
            as [(Double, String)]
    )
    func durations(_ seconds: Double, _ text: String) {
        #expect(PlainWords.duration(seconds: seconds) == text)
    }

    @Test(
        "Amounts are told with few digits",
        arguments: [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (3_000_000, "3 MB"), (209_715_200, "210 MB")]
    )
    func amounts(_ count: Int, _ text: String) {
        #expect(PlainWords.bytes(count) == text)
    }
}
