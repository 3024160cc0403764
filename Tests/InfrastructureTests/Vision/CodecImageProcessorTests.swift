import Application
import Domain
import Foundation
import TestSupport
import Testing

@testable import Infrastructure

/// The pictures are 48 by 32 pixels of four colours, with a bar in the upper left quarter.
@Suite("The processor of images")
struct CodecImageProcessorTests {
    private let processor = CodecImageProcessor(limits: ImageLimits())

    static func image(_ name: String) throws -> [UInt8] {
        let folder = try #require(Bundle.module.url(forResource: "Images", withExtension: nil))
        return Array(try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    static let names = [
        "orientation-1.jpg", "orientation-6.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "orientation-1.png",
        "grey.png",
        "grey16.png", "palette.png", "transparent.png", "profile.png", "orientation-1.webp", "orientation-6.webp",
        "transparent.webp", "animated.webp",
    ]

    private func prepared(_ bytes: [UInt8], _ change: (inout ImageRendition) -> Void = { _ in }) throws -> PreparedImage
    {
        var rendition = ImageRendition()
        change(&rendition)
        return try self.processor.prepare(bytes, as: rendition, unless: CancellationFlag())
    }

    private func refusal(_ bytes: [UInt8], _ limits: ImageLimits = ImageLimits()) -> ServiceError? {
        do {
            _ = try CodecImageProcessor(limits: limits).prepare(bytes, as: ImageRendition(), unless: CancellationFlag())
            return nil
        } catch {
            return error as? ServiceError
        }
    }

    @Test(
        "Every kind of picture becomes every format, of the size that was asked for",
        arguments: names,
        ImageFormat.allCases
    )
    func formats(name: String, format: ImageFormat) throws {
        let bytes = try Self.image(name)
        let image = try self.prepared(bytes) { rendition in
            rendition.format = format
            rendition.maxDimension = 24
        }
        #expect(ImageFormat(magic: image.bytes) == format && image.format == format)
        #expect((image.width, image.height) == (24, 16))
        #expect(!image.isOriginal && image.originalBytes == bytes.count)
        let header = try self.processor.inspect(image.bytes, for: ImageRendition())
        #expect((header.width, header.height, header.orientation) == (24, 16, 1))
    }

    @Test("Predecessor 16: a picture is turned upright, whichever of the eight ways it lies", arguments: 1...8)
    func upright(orientation: Int) throws {
        let lying = try Self.image("orientation-\(orientation).png")
        let header = try self.processor.inspect(lying, for: ImageRendition())
        #expect(header.orientation == orientation)
        #expect((header.width, header.height) == (orientation > 4 ? (32, 48) : (48, 32)))
        // Without loss on the way the same picture is the same file; one that lies is always written anew.
        func written(_ orientation: Int, _ side: Int) throws -> PreparedImage {
            try self.prepared(try Self.image("orientation-\(orientation).png")) { rendition in
                rendition.format = .png
                rendition.maxDimension = side
            }
        }
        let flipped = try written(2, 40)
        let isRight = try flipped.bytes == written(1, 40).bytes
        #expect(isRight && flipped.width == 40 && flipped.height == 27)
        guard orientation > 1 else { return }
        let isSame = try written(orientation, 48).bytes == written(2, 48).bytes
        #expect(isSame)
    }

    @Test("Predecessor 16: the smaller of picture and result is sent, without what cameras and programs wrote into it")
    func smaller() throws {
        let png = try Self.image("orientation-1.png")
        let image = try self.prepared(png)
        #expect(image.isOriginal && image.format == .png && image.bytes.count < png.count)
        #expect(image.bytes.firstRange(of: Array("eXIf".utf8)) == nil)
        let jpeg = try Self.image("orientation-1.jpg")
        let same = try self.prepared(jpeg) { $0.compresses = false }
        #expect(same.isOriginal && same.bytes.firstRange(of: Array("Exif".utf8)) == nil)
        #expect(same.bytes.firstRange(of: Array("a comment".utf8)) == nil)
        // Cut out, not written anew: what is left stands in what came.
        #expect(jpeg.suffix(300).elementsEqual(same.bytes.suffix(300)))
    }

    @Test(
        "Predecessor 16: without compression a picture passes as it is, and is written anew only to be upright or readable"
    )
    func uncompressed() throws {
        let lying = try self.prepared(try Self.image("orientation-6.jpg")) { rendition in
            rendition.compresses = false
            rendition.maxDimension = 10
        }
        #expect(!lying.isOriginal && (lying.width, lying.height) == (48, 32) && lying.format == .jpeg)
        let webP = try self.prepared(try Self.image("orientation-1.webp")) { rendition in
            rendition.compresses = false
            rendition.accepted = [.jpeg, .png]
        }
        #expect(!webP.isOriginal && webP.format == .jpeg && webP.notes == [.otherFormat])
        let animated = try self.prepared(try Self.image("animated.webp")) { $0.compresses = false }
        #expect(!animated.isOriginal && animated.notes == [.firstFrame] && animated.format == .webp)
    }

    @Test("What is transparent becomes white where the format knows no transparency")
    func flattened() throws {
        // The right half is invisible: the same file as one that is white there.
        let image = try self.prepared(try Self.image("transparent.png")) { $0.maxDimension = 24 }
        let again = try self.prepared(try Self.image("transparent.webp")) { $0.maxDimension = 24 }
        #expect(image.format == .jpeg && again.format == .jpeg)
        #expect(abs(image.bytes.count - again.bytes.count) < 40)
    }

    @Test("A picture whose end is missing is refused, wherever it ends", arguments: names)
    func truncated(name: String) throws {
        let bytes = try Self.image(name)
        for part in [0, 2, 11, 20, 40, bytes.count / 3, bytes.count / 2] {
            let error = self.refusal(Array(bytes.prefix(part)))
            #expect(error?.code == .invalidImage, "\(name) \(part)")
        }
    }

    @Test(
        "A JPEG that lacks only the mark of its end is whole, and is sent with one",
        arguments: ["orientation-1.jpg", "progressive.jpg"]
    )
    func endMark(name: String) throws {
        let bytes = try Self.image(name)
        let image = try self.prepared(Array(bytes.dropLast(2))) { $0.compresses = false }
        #expect(image.isOriginal && image.notes.isEmpty)
        #expect(image.bytes.suffix(2) == [0xFF, 0xD9])
    }

    @Test("A progressive JPEG that ends between two of its scans is refused")
    func lostScans() throws {
        let bytes = try Self.image("progressive.jpg")
        let table = try #require(bytes.lastRange(of: [0xFF, 0xC4])?.lowerBound)
        #expect(self.refusal(Array(bytes[..<table]))?.code == .invalidImage)
    }

    @Test("What is no picture is refused by its bytes, whatever it says it is")
    func notAnImage() throws {
        for bytes in [Array("GIF89a".utf8), Array("<svg>".utf8), [], Array(repeating: 0xFF, count: 100)] {
            #expect(self.refusal(bytes)?.code == .invalidImage)
        }
    }

    @Test("A bomb by its size costs no more than its header")
    func sizeBomb() throws {
        var bytes = try Self.image("orientation-1.png")
        bytes.replaceSubrange(16..<24, with: [0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30])
        let error = self.refusal(bytes)
        #expect(error?.code == .invalidImage && error?.message.contains("30000 × 30000") == true)
        var limits = ImageLimits()
        limits.maxPixels = 100
        #expect(self.refusal(try Self.image("grey.jpg"), limits)?.message.contains("at most 100 pixels") == true)
        limits = ImageLimits()
        limits.maxBytes = 100
        #expect(self.refusal(try Self.image("grey.jpg"), limits)?.message.contains("images.max_bytes") == true)
    }

    @Test("A bomb by scans is refused before it is decoded")
    func scanBomb() throws {
        let bytes = try Self.image("progressive.jpg")
        let scan = try #require(bytes.lastRange(of: [0xFF, 0xDA])?.lowerBound)
        let end = bytes.count - 2
        let bomb = bytes[..<scan] + Array(repeating: bytes[scan..<end], count: 500).joined() + bytes[end...]
        #expect(self.refusal(Array(bomb))?.message.contains("scans") == true)
    }

    @Test("A bomb by texts that inflate is not inflated")
    func textBomb() throws {
        let bytes = try Self.image("orientation-1.png")
        // The content is no matter: a text is passed over, however it was packed.
        let text: [UInt8] = [0, 0, 0, 4] + Array("zTXt".utf8) + [107, 0, 0, 1] + [0, 0, 0, 0]
        let bomb = bytes[..<33] + Array(repeating: text, count: 2000).joined() + bytes[33...]
        #expect(try self.prepared(Array(bomb)) { $0.maxDimension = 24 }.width == 24)
    }

    @Test("Work that nobody waits for ends")
    func cancelled() throws {
        let flag = CancellationFlag()
        flag.raise()
        let bytes = try Self.image("orientation-1.jpg")
        #expect(throws: CancellationError.self) {
            try self.processor.prepare(bytes, as: ImageRendition(), unless: flag)
        }
    }

    @Test("Random damage never crashes: a picture comes out, or a refusal")
    func damaged() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        for name in Self.names {
            let bytes = try Self.image(name)
            for _ in 0..<20 {
                var damaged = bytes
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(
                        in: 0...255,
                        using: &random
                    )
                }
                if let error = self.refusal(damaged) { #expect(error.code == .invalidImage) }
            }
        }
    }
}

extension Array where Element: Equatable {
    /// The last place at which some elements stand.
    fileprivate func lastRange(of other: [Element]) -> Range<Int>? {
        (0...(self.count - other.count)).last { self[$0..<($0 + other.count)].elementsEqual(other) }
            .map { $0..<($0 + other.count) }
    }
}
