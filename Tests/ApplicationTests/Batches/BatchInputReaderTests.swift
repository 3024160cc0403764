import Domain
import Testing

@testable import Application

@Suite("Reading the file of a batch")
struct BatchInputReaderTests {
    private static let limits = BatchInputReader.Limits(lines: 5, lineBytes: 300)

    private static func line(_ id: String, model: String = "m") -> String {
        #"{"custom_id": "\#(id)", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "\#(model)"}}"#
    }

    /// Reads a text in pieces of a size.
    private static func read(
        _ bytes: [UInt8],
        pieces: Int = .max,
        endpoint: BatchEndpoint = .chatCompletions
    ) -> (lines: [BatchLine], problems: [BatchProblem]) {
        var reader = BatchInputReader(endpoint: endpoint, limits: Self.limits)
        var lines: [BatchLine] = []
        var start = 0
        while start < bytes.count {
            let end = pieces < bytes.count - start ? start + pieces : bytes.count
            lines += reader.take(Array(bytes[start..<end]))
            start = end
        }
        lines += reader.end()
        return (lines, reader.problems)
    }

    private static func problems(_ text: String, endpoint: BatchEndpoint = .chatCompletions) -> [BatchProblem] {
        self.read(Array(text.utf8), endpoint: endpoint).problems
    }

    @Test(
        "Lines are found wherever the pieces end, and their bodies stand where they say",
        arguments: [1, 2, 7, 64, 1000]
    )
    func pieces(_ size: Int) throws {
        let text = "\u{FEFF}\(Self.line("a"))\r\n\(Self.line("b", model: "Llama3"))\n\(Self.line("ü"))"
        let bytes = Array(text.utf8)
        let (lines, problems) = Self.read(bytes, pieces: size)
        #expect(problems.isEmpty, "\(problems)")
        #expect(lines.map(\.customID) == ["a", "b", "ü"] && lines.map(\.line) == [1, 2, 3])
        #expect(lines.map(\.model) == ["m:latest", "llama3:latest", "m:latest"])
        for line in lines {
            let body = bytes[Int(line.offset)..<(Int(line.offset) + line.length)]
            #expect(String(decoding: body, as: UTF8.self).hasPrefix(#"{"model""#))
        }
    }

    @Test("White space behind the last line is no line")
    func trailingSpace() {
        let (lines, problems) = Self.read(Array("\(Self.line("a"))\n \r\n\n".utf8))
        #expect(lines.count == 1 && problems.isEmpty, "\(problems)")
    }

    @Test("A line with nothing on it is a fault, and so is what follows by itself")
    func blankLine() {
        let problems = Self.problems("\(Self.line("a"))\n\n \n\(Self.line("b"))\nx\n")
        #expect(problems.map(\.code) == [.blankLine, .blankLine, .invalidJSONLine])
        #expect(problems.map(\.line) == [2, 3, 5])
    }

    @Test("An empty file is one", arguments: ["", "\n", " \r\n\n"])
    func empty(_ text: String) {
        #expect(Self.problems(text).map(\.code) == [.emptyFile])
    }

    @Test(
        "What is wrong with a line is told by name",
        arguments: [
            ("{", BatchProblem.Code.invalidJSONLine, nil), ("[]", .invalidJSONLine, nil),
            ("{} {}", .invalidJSONLine, nil),
            ("{}", .missingField, "custom_id"),
            (#"{"custom_id": 1}"#, .invalidValue, "custom_id"), (#"{"custom_id": ""}"#, .invalidValue, "custom_id"),
            (#"{"custom_id": "a"}"#, .missingField, "method"),
            (#"{"custom_id": "a", "method": "GET"}"#, .invalidMethod, "method"),
            (#"{"custom_id": "a", "method": "POST"}"#, .missingField, "url"),
            (#"{"custom_id": "a", "method": "POST", "url": "/v1/embeddings"}"#, .invalidURL, "url"),
            (#"{"custom_id": "a", "method": "POST", "url": "/v1/chat/completions"}"#, .missingField, "body"),
            (
                #"{"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": []}"#, .invalidValue,
                "body"
            ),
            (
                #"{"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": {}}"#, .missingField,
                "body.model"
            ),
            (
                #"{"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "a b"}}"#,
                .invalidValue, "body.model"
            ),
            (
                #"{"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "m", "stream": true}}"#,
                .invalidValue, "body.stream"
            ),
        ]
    )
    func faults(_ text: String, _ code: BatchProblem.Code, _ param: String?) {
        let problems = Self.problems("\(Self.line("first"))\n\(text)\n")
        #expect(problems.map(\.code) == [code] && problems.first?.param == param, "\(problems)")
        #expect(problems.first?.line == 2)
    }

    @Test("Truncated UTF-8 is told as that, not as broken JSON")
    func encoding() {
        var bytes = Array(Self.line("a").utf8)
        bytes.insert(contentsOf: [0xE2, 0x82], at: bytes.count - 3)
        #expect(Self.read(bytes).problems.map(\.code) == [.invalidEncoding])
    }

    @Test("The native routes need no model")
    func nativeModel() {
        let text = #"{"custom_id": "a", "method": "POST", "url": "/api/v1/chat", "body": {"messages": []}}"#
        let (lines, problems) = Self.read(Array(text.utf8), endpoint: .nativeChat)
        #expect(problems.isEmpty && lines.map(\.model) == [""])
    }

    @Test("A line that is too long is passed over, however it arrives", arguments: [10, 10_000])
    func longLine(_ size: Int) {
        let long = Self.line(String(repeating: "x", count: 400))
        let (lines, problems) = Self.read(Array("\(Self.line("a"))\n\(long)\n\(Self.line("b"))\n".utf8), pieces: size)
        #expect(problems.map(\.code) == [.lineTooLong] && problems.first?.line == 2, "\(problems)")
        #expect(lines.map(\.customID) == ["a", "b"] && lines.map(\.line) == [1, 3])
    }

    @Test("More lines than allowed are one problem")
    func manyLines() {
        let five = (1...5).map { Self.line("\($0)") }.joined(separator: "\n")
        #expect(Self.problems(five + "\n\n").isEmpty)
        let (lines, gap) = Self.read(Array((five + "\n\nx\n").utf8))
        #expect(lines.count == 5 && gap.map(\.code) == [.tooManyLines], "\(gap)")
        let problems = Self.problems(five + "\n\(Self.line("6"))\n\(Self.line("7"))")
        #expect(problems.map(\.code) == [.tooManyLines] && problems.first?.line == 6)
    }

    @Test("No more problems are kept than are told")
    func manyProblems() {
        var reader = BatchInputReader(
            endpoint: .completions,
            limits: .init(lines: 1000, lineBytes: 100, problems: 3)
        )
        _ = reader.take(Array(String(repeating: "x\n", count: 500).utf8))
        #expect(reader.problems.map(\.line) == [1, 2, 3] && reader.isHopeless)
    }
}

@Suite("The lines that a batch writes")
struct BatchOutputLineTests {
    private static let batch = BatchID(generated: "abc")

    @Test("An answer stands in one line, whatever its body's layout")
    func answer() throws {
        let outcome = BatchOutcome.answered(
            status: 200,
            requestID: RequestID(generated: "r1"),
            body: Array("{\n  \"a\": \"x\\ny\"\r\n}\n".utf8)
        )
        let bytes = BatchOutputLine.bytes(outcome, batch: Self.batch, line: 7, customID: "c \"1\"")
        #expect(bytes.last == 0x0A && bytes.dropLast().contains(0x0A) == false)
        let object = try #require(try JSONParser.parse(Array(bytes.dropLast())).object)
        #expect(object.members.map(\.key) == ["id", "custom_id", "response", "error"])
        #expect(object["id"] == .string("batch_req_abc_7") && object["custom_id"] == .string("c \"1\""))
        #expect(object["response"]?.object?["body"]?.object?["a"] == .string("x\ny") && object["error"] == .null)
    }

    @Test("What did not run says why", arguments: BatchOutcome.Reason.allCases)
    func unanswered(_ reason: BatchOutcome.Reason) throws {
        let bytes = BatchOutputLine.bytes(.unanswered(reason), batch: Self.batch, line: 1, customID: "c")
        let object = try #require(try JSONParser.parse(bytes).object)
        #expect(object["response"] == .null && object["error"]?.object?["code"] == .string(reason.rawValue))
    }
}
