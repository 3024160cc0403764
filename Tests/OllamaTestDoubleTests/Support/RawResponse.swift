@testable import OllamaTestDouble

/// A response taken apart by hand.
struct RawResponse {
    var statusLine = ""
    var headers: [HeaderField] = []
    var body: [UInt8] = []
    /// The chunks, if the response had any.
    var chunks: [[UInt8]] = []
    /// Whether the body came to its announced end.
    var isComplete = false

    init(_ bytes: [UInt8]) {
        let separator = Array("\r\n\r\n".utf8)
        guard let end = bytes.firstRange(of: separator) else { return }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        statusLine = String(lines.first ?? "")
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
            headers.append(HeaderField(String(parts[0]), String(value)))
        }
        let rest = Array(bytes[end.upperBound...])
        if values("Transfer-Encoding") == ["chunked"] {
            dechunk(rest)
        } else {
            body = rest
            isComplete = values("Content-Length").first.flatMap { Int($0) } == rest.count
        }
    }

    var status: Int { Int(statusLine.split(separator: " ").dropFirst().first ?? "") ?? 0 }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The values of a header field, sorted.
    func values(_ name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value).sorted()
    }

    private mutating func dechunk(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while let line = rest.firstRange(of: [0x0D, 0x0A]) {
            let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16) ?? 0
            rest = rest[line.upperBound...]
            if size == 0 {
                isComplete = true
                return
            }
            chunks.append(Array(rest.prefix(size)))
            body += rest.prefix(size)
            guard rest.count >= size + 2 else { return }
            rest = rest.dropFirst(size + 2)
        }
    }
}
