import Domain
import NIOCore
import Testing

/// Server-sent events, taken apart.
enum ParsedFrames {
    static func objects(_ buffer: ByteBuffer) throws -> [JSONObject] {
        let text = String(decoding: buffer.readableBytesView, as: UTF8.self)
        #expect(text.hasSuffix("\n\n"))
        return try text.split(separator: "\n\n").map { event in
            #expect(event.hasPrefix("data: ") && !event.contains("\n"))
            let value = try JSONParser.parse(Array(event.dropFirst("data: ".count).utf8))
            return try #require(value.object)
        }
    }
}

extension JSONObject {
    var keys: Set<String> { Set(self.members.map(\.key)) }
}
