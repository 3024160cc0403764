import Domain
import Testing

@testable import Adapters

@Suite("Forms as they arrive")
struct MultipartStreamTests {
    private struct Form: Equatable {
        var values: [String: String] = [:]
        var files: [String: [UInt8]] = [:]
    }

    private static func read(_ bytes: [UInt8], pieces: Int = .max) throws -> Form {
        var stream = MultipartStream(boundary: "b-1")
        var form = Form()
        var start = 0
        while start < bytes.count {
            let end = pieces < bytes.count - start ? start + pieces : bytes.count
            for part in try stream.take(Array(bytes[start..<end])) {
                switch part {
                case .value(let name, let value): form.values[name] = value
                case .file(let name, let filename, let bytes): form.files["\(name)/\(filename)", default: []] += bytes
                }
            }
            start = end
        }
        try stream.end()
        return form
    }

    private static func field(_ name: String, _ value: String) -> String {
        "--b-1\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
    }

    @Test("The same is read wherever the pieces end", arguments: [1, 2, 3, 5, 8, 13, 64, 10_000])
    func pieces(_ size: Int) throws {
        let content = "line\r\n--b-\r\n\r\n--b-0 \u{1F600}\r\n--b"
        let text =
            Self.field("purpose", "batch")
            + "--b-1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\nContent-Type: text/x\r\n\r\n"
            + "\(content)\r\n" + Self.field("empty", "") + "--b-1--\r\nepilogue"
        let form = try Self.read(Array(text.utf8), pieces: size)
        #expect(form.values == ["purpose": "batch", "empty": ""])
        #expect(form.files == ["file/a.jsonl": Array(content.utf8)])
    }

    @Test("An empty file is a file", arguments: [1, 1000])
    func emptyFile(_ size: Int) throws {
        let text =
            "preamble\r\n--b-1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n\r\n--b-1--"
        #expect(try Self.read(Array(text.utf8), pieces: size).files == ["file/a": []])
    }

    @Test(
        "What is no form is refused",
        arguments: [
            "", "x", "--b-1\r\n\r\n", Self.field("a", "b"), "--b-1\r\nX: y\r\n\r\nv\r\n--b-1--",
            String(repeating: "x", count: 20_000), Self.field("a", String(repeating: "x", count: 20_000)),
            "--b-1\r\nX: \(String(repeating: "x", count: 20_000))",
            (0...100).map { Self.field("f\($0)", "v") }.joined() + "--b-1--",
        ]
    )
    func broken(_ text: String) {
        let error = #expect(throws: ServiceError.self) { try Self.read(Array(text.utf8), pieces: 1000) }
        #expect(error?.code == .invalidRequest)
    }

    @Test("No more of a file is kept than could be the beginning of its end")
    func memory() throws {
        var stream = MultipartStream(boundary: "b-1")
        _ = try stream.take(
            Array("--b-1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n".utf8)
        )
        let parts = try stream.take([UInt8](repeating: 0x0D, count: 100_000))
        let passed = parts.reduce(0) { sum, part in
            if case .file(_, _, let bytes) = part { sum + bytes.count } else { sum }
        }
        #expect(passed >= 100_000 - "\r\n--b-1".utf8.count)
    }
}
