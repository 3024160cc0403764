import Domain
import Testing

@Suite("Images in requests")
struct ImagePartTests {
    @Test("A data URL is taken apart, whatever its case and parameters")
    func dataURLs() throws {
        for url in ["data:image/png;base64,QUJD", "DATA:IMAGE/PNG;name=a;BASE64,QUJD"] {
            let image = try ImagePart(dataURL: url, pointer: "/a")
            #expect(image.mediaType == "image/png")
            #expect(image.content == .base64("QUJD"))
            #expect(image.pointer == "/a")
            #expect(image.jsonDataURL.decoded == "data:image/png;base64,QUJD")
        }
        #expect(try ImagePart(dataURL: "data:;base64,UklGRg==").jsonDataURL.decoded.hasPrefix("data:image/webp;"))
    }

    @Test(
        "What is no data URL of an image is refused",
        arguments: [
            "", "QUJD", "data:", "data:image/png;base64", "data:image/png,QUJD", "data:text/plain;base64,QUJD",
            "data:image/png;base64,", "ftp://a/b.png", "data:" + String(repeating: "x", count: 300) + ";base64,QUJD",
        ]
    )
    func wrong(url: String) {
        let error = #expect(throws: ServiceError.self) { try ImagePart(url: url) }
        #expect(error?.code == .invalidImage)
    }

    @Test("Any form is told by its beginning")
    func anyForm() throws {
        #expect(try ImagePart(anyForm: "QUJD").content == .base64("QUJD"))
        #expect(try ImagePart(anyForm: "data:image/png;base64,QUJD").content == .base64("QUJD"))
        for url in ["http://a/b.png", "HTTPS://a/b.png"] {
            #expect(try ImagePart(anyForm: url).content == .url(url))
        }
        #expect(throws: ServiceError.self) { try ImagePart(anyForm: "") }
    }

    @Test("A prepared image is told as it is now")
    func prepared() throws {
        let image = try ImagePart(dataURL: "data:image/png;base64,QUJD")
            .prepared(base64: Array("REVG".utf8), format: .jpeg)
        #expect(image.jsonText.decoded == "REVG")
        #expect(image.jsonDataURL.decoded == "data:image/jpeg;base64,REVG")
    }

    @Test("The images of a request for vision belong to the last message of a user")
    func lastUser() throws {
        let image = try ImagePart(anyForm: "QUJD")
        let messages = try [
            ChatMessage(role: .user, content: "a"), ChatMessage(role: .user, content: "b", images: [image]),
            ChatMessage(role: .assistant, content: "c"),
        ]
        let chat = try ChatRequest(model: nil, messages: messages, options: GenerationOptions())
        let request = try VLMRequest(chat, images: [image], wish: ImageWish())
        #expect(request.chat.messages.map(\.images.count) == [0, 2, 0])
        let system = try ChatRequest(
            model: nil,
            messages: [ChatMessage(role: .system, content: "a")],
            options: GenerationOptions()
        )
        let error = #expect(throws: ServiceError.self) { try VLMRequest(system, images: [image], wish: ImageWish()) }
        #expect(error?.faults.map(\.pointer) == ["/messages"])
    }
}
