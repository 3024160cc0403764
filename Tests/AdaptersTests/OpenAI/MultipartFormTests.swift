import Domain
import Testing

@testable import Adapters

@Suite("Forms with files")
struct MultipartFormTests {
    private static func field(_ head: String, _ value: String) -> String {
        "--b\r\nContent-Disposition: form-data; \(head)\r\n\r\n\(value)\r\n"
    }

    private static func form(_ text: String, _ boundary: String = "b") throws -> MultipartForm {
        try MultipartForm(Array(text.utf8), boundary: boundary)
    }

    @Test("Short fields are read, files are only named, wherever they stand")
    func fields() throws {
        let file =
            "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a; b.wav\"\r\nContent-Type: audio/wav\r\n\r\n\r\n-\r\n--a\0\r\n"
        let form = try Self.form(
            Self.field("name=\"model\"", "whisper") + file + Self.field("name=stream", "true")
                + Self.field("name=\"prompt\"", String(repeating: "x", count: 2000)) + "--b--\r\nepilogue"
        )
        #expect(form.names == ["model", "file", "stream", "prompt"])
        #expect(form.values == ["model": "whisper", "stream": "true"])
        #expect(try Self.form("preamble\r\n" + Self.field("name=\"model\"", "m") + "--b--").values == ["model": "m"])
        #expect(try Self.form("--b--").names.isEmpty)
    }

    @Test(
        "What is no form says so",
        arguments: [
            "", "{}", "--c--", "--b\r\n", Self.field("name=\"model\"", "m"), "--b\r\nno head\r\n--b--",
            Self.field("filename=\"x\"", "m") + "--b--",
            String(repeating: Self.field("name=\"a\"", "m"), count: 1) + "--",
        ]
    )
    func broken(text: String) {
        let error = #expect(throws: ServiceError.self) { try Self.form(text) }
        #expect(error?.code == .invalidRequest && error?.message.contains("form") == true)
    }

    @Test("A form of too many fields is refused")
    func tooMany() {
        let fields = (0..<102).map { Self.field("name=\"f\($0)\"", "") }.joined()
        let error = #expect(throws: ServiceError.self) { try Self.form(fields + "--b--") }
        #expect(error?.message.contains("100") == true)
    }

    @Test("Cut at any byte it is no form, and never a crash")
    func cut() throws {
        let whole = Self.field("name=\"model\"", "m") + Self.field("name=\"file\"; filename=\"f\"", "x\r\ny") + "--b--"
        for end in 0..<whole.utf8.count { _ = try? MultipartForm(Array(whole.utf8.prefix(end)), boundary: "b") }
        #expect(try Self.form(whole).names == ["model", "file"])
    }

    @Test("The boundary is what the type says, with or without quotes")
    func boundary() throws {
        #expect(try MultipartForm.boundary(in: "multipart/form-data; boundary=x-1") == "x-1")
        #expect(try MultipartForm.boundary(in: "Multipart/Form-Data;charset=utf-8; Boundary=\"a b\"") == "a b")
        for type in [
            nil, "", "application/json", "multipart/form-data", "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"a\"b\"", "multipart/form-data; boundary=é",
            "multipart/form-data; boundary=\(String(repeating: "x", count: 71))",
        ] {
            #expect(throws: ServiceError.self, "\(type ?? "none")") { try MultipartForm.boundary(in: type) }
        }
    }

    @Test("How much a recording is worth in a prompt is guessed from its size")
    func estimate() throws {
        let file = Self.field("name=\"file\"; filename=\"a.mp3\"", String(repeating: "x", count: 6_400))
        let form = try Self.form(file + Self.field("name=\"prompt\"", "names") + "--b--")
        #expect(form.fileBytes == 6_400 && TranscriptionRoute.promptBytes(of: form) == 15)
    }
}
