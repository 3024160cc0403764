import Foundation
import Testing

@testable import OllamaTestDouble

/// An exchange with a real engine, read from a file.
struct Recording: Sendable, CustomTestStringConvertible {
    enum Engine: String, Sendable {
        case ollama = "Ollama"
        case llamaServer = "LlamaServer"
    }

    /// The parts of the file; the head of the response with the line ends of HTTP.
    struct Exchange {
        var request: [UInt8]
        var response: RawResponse
    }

    let name: String
    let engine: Engine

    var testDescription: String { name }

    /// The number that the file name begins with.
    var number: String { String(name.prefix { $0 != "-" }) }

    static func all(_ engine: Engine) -> [Recording] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder(engine).path)) ?? []
        return names.sorted().map { Recording(name: String($0.dropLast(4)), engine: engine) }
    }

    func read() throws -> Exchange {
        let file = Self.folder(engine).appending(path: "\(name).txt")
        let text = try String(contentsOf: file, encoding: .utf8)
        let request = try #require(text.firstRange(of: "### REQUEST\n"))
        let response = try #require(text.firstRange(of: "### RESPONSE\n"))
        let notes = try #require(text.ranges(of: "### NOTES\n").last)
        var sent = Self.parts(String(text[request.upperBound..<response.lowerBound]))
        sent.body = Self.expanded(sent.body)
        let length = RawResponse(Array((sent.head + "\r\n\r\n").utf8)).values("Content-Length").first
        let answer = Self.parts(String(text[response.upperBound..<notes.lowerBound]))
        var parsed = RawResponse(Array((answer.head + "\r\n\r\n").utf8))
        parsed.body = Array(Self.withoutMarker(answer.body).utf8)
        return Exchange(
            request: Array((sent.head + "\r\n\r\n").utf8) + Array(sent.body.utf8).prefix(Int(length ?? "") ?? 0),
            response: parsed
        )
    }

    private static func folder(_ engine: Engine) -> URL {
        Bundle.module.bundleURL.appending(path: "Recordings/\(engine.rawValue)")
    }

    private static func parts(_ text: String) -> (head: String, body: String) {
        guard let blank = text.firstRange(of: "\n\n") else { return (text, "") }
        let head = text[..<blank.lowerBound].replacing("\n", with: "\r\n")
        return (String(head), String(text[blank.upperBound...]))
    }

    private static func withoutMarker(_ body: String) -> String {
        // A blank line stands before the notes; the marker says that the newline before it is none of the body.
        let body = body.hasSuffix("\n") ? String(body.dropLast()) : body
        guard let marker = body.ranges(of: "\n<<no trailing newline>>").last else { return body }
        return String(body[..<marker.lowerBound])
    }

    /// `<<3 times: x>>` stands for `xxx`.
    private static func expanded(_ body: String) -> String {
        guard let start = body.firstRange(of: "<<"), let end = body.firstRange(of: ">>"),
            let word = body.firstRange(of: " times: "), let count = Int(body[start.upperBound..<word.lowerBound])
        else { return body }
        let repeated = String(repeating: String(body[word.upperBound..<end.lowerBound]), count: count)
        return body[..<start.lowerBound] + repeated + body[end.upperBound...]
    }
}
