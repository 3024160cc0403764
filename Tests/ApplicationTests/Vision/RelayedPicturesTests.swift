import Domain
import TestSupport
import Testing

@testable import Application

@Suite("Pictures in a body that is handed on")
struct RelayedPicturesTests {
    private static let body = #"{"images":["QUJD","REVG"],"model":"m"}"#

    private static func request() throws -> RelayedRequest {
        let bytes = Array(self.body.utf8)
        return RelayedRequest(
            .chat,
            path: "/api/chat",
            body: bytes,
            isStreamed: false,
            options: GenerationOptions(),
            promptBytes: 1,
            pictures: [
                .init(range: 12..<16, pointer: "/images/0", message: 0),
                .init(range: 19..<23, pointer: "/images/1", message: 0),
            ]
        )
    }

    private static func image(_ text: String, isOriginal: Bool) -> EncodedImage {
        EncodedImage(
            PreparedImage(
                bytes: Array(text.utf8),
                format: .png,
                width: 1,
                height: 1,
                originalBytes: isOriginal ? text.utf8.count : 100,
                isOriginal: isOriginal
            ),
            coding: PlainBase64()
        )
    }

    @Test("A body whose pictures are right goes on as it came")
    func unchanged() throws {
        let request = try Self.request()
        let images = [Self.image("ABC", isOriginal: true), Self.image("DEF", isOriginal: true)]
        let ready = request.with(images: images)
        #expect(ready.body == request.body)
        #expect(ready.hasImages)
        #expect(ready.images.isEmpty)
    }

    @Test("Only the pictures that have changed are replaced, and nothing around them")
    func replaced() throws {
        let images = [Self.image("ABC", isOriginal: true), Self.image("longer", isOriginal: false)]
        let second = try Self.request().with(images: images).body
        #expect(String(decoding: second, as: UTF8.self) == #"{"images":["QUJD","bG9uZ2Vy"],"model":"m"}"#)
        let both = try Self.request().with(images: images.map { _ in Self.image("x", isOriginal: false) }).body
        #expect(String(decoding: both, as: UTF8.self) == #"{"images":["eA==","eA=="],"model":"m"}"#)
    }

    @Test("The pictures are found where they stand, with their fields")
    func sources() throws {
        let images = try Self.request().images
        #expect(images.map(\.pointer) == ["/images/0", "/images/1"])
        guard case .json(let text) = images[1].content else {
            Issue.record("another form")
            return
        }
        #expect(text.decoded == "REVG")
    }
}
