import Domain
import Testing

@Suite("Formats of images")
struct ImageFormatTests {
    @Test(
        "A format is told by its first bytes",
        arguments: [
            ([0xFF, 0xD8, 0xFF, 0xE0], ImageFormat.jpeg),
            ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0], .png),
            (Array("RIFF\0\0\0\0WEBPVP8 ".utf8), .webp),
        ]
    )
    func known(bytes: [UInt8], format: ImageFormat) {
        #expect(ImageFormat(magic: bytes) == format)
        #expect(ImageFormat(magic: bytes[...]) == format)
        #expect(ImageFormat(magic: ([0] + bytes)[1...]) == format)
    }

    @Test(
        "What is none of them has no format",
        arguments: [
            [], [0xFF, 0xD8], Array("GIF89a\0\0\0\0\0\0".utf8), Array("RIFF\0\0\0\0WAVEfmt ".utf8),
            Array("RIFF\0\0\0\0WEB".utf8), Array("<svg xmlns=".utf8), [0x89, 0x50, 0x4E, 0x47],
        ] as [[UInt8]]
    )
    func unknown(bytes: [UInt8]) {
        #expect(ImageFormat(magic: bytes) == nil)
    }
}
