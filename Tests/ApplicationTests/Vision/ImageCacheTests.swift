import Domain
import TestSupport
import Testing

@testable import Application

@Suite("The cache of images")
struct ImageCacheTests {
    private static func key(_ number: UInt8, dimension: Int = 100) -> ImageKey {
        ImageKey(
            digest: [UInt8](repeating: 0, count: 31) + [number],
            rendition: ImageRendition(maxDimension: dimension)
        )
    }

    private static func image(_ bytes: Int) -> EncodedImage {
        EncodedImage(
            PreparedImage(
                bytes: [UInt8](repeating: 7, count: bytes),
                format: .jpeg,
                width: 1,
                height: 1,
                originalBytes: 2 * bytes,
                isOriginal: false
            ),
            coding: PlainBase64()
        )
    }

    private static func at(_ seconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: seconds * 1_000_000_000)
    }

    /// Room for three images of 300 bytes, which are 400 in Base64.
    private static let room = 3 * (400 + ImageCache.overhead)

    @Test("What was used longest ago makes room")
    func leastRecentlyUsed() {
        var cache = ImageCache(maxBytes: Self.room, timeToLive: .seconds(60))
        for number in 1...3 { cache.store(Self.image(300), for: Self.key(UInt8(number)), at: Self.at(0)) }
        #expect(cache.image(for: Self.key(1), at: Self.at(1)) != nil)
        cache.store(Self.image(300), for: Self.key(4), at: Self.at(2))
        #expect(cache.image(for: Self.key(2), at: Self.at(3)) == nil)
        for number in [1, 3, 4] { #expect(cache.image(for: Self.key(UInt8(number)), at: Self.at(3)) != nil) }
        #expect(cache.statistics.entries == 3)
        #expect(cache.statistics.bytes == Self.room)
        #expect(cache.statistics.evictions == 1)
        #expect(cache.statistics.hitRate == 0.8)
    }

    @Test("An image of the same bytes in another form is another image")
    func renditions() {
        var cache = ImageCache(maxBytes: Self.room, timeToLive: .seconds(60))
        cache.store(Self.image(300), for: Self.key(1), at: Self.at(0))
        #expect(cache.image(for: Self.key(1, dimension: 200), at: Self.at(0)) == nil)
    }

    @Test("An image is kept for its time, however often it is used, and then its room is free")
    func timeToLive() {
        var cache = ImageCache(maxBytes: Self.room, timeToLive: .seconds(60))
        cache.store(Self.image(300), for: Self.key(1), at: Self.at(0))
        #expect(cache.image(for: Self.key(1), at: Self.at(59)) != nil)
        #expect(cache.image(for: Self.key(1), at: Self.at(60)) == nil)
        #expect(cache.statistics.entries == 0)
        #expect(cache.statistics.bytes == 0)
    }

    @Test("What is too large is not kept and drives nothing out; no room keeps nothing")
    func tooLarge() {
        var cache = ImageCache(maxBytes: Self.room, timeToLive: .seconds(60))
        cache.store(Self.image(300), for: Self.key(1), at: Self.at(0))
        cache.store(Self.image(30_000), for: Self.key(2), at: Self.at(0))
        #expect(cache.image(for: Self.key(1), at: Self.at(1)) != nil)
        #expect(cache.image(for: Self.key(2), at: Self.at(1)) == nil)
        var none = ImageCache(maxBytes: 0, timeToLive: .seconds(60))
        none.store(Self.image(1), for: Self.key(1), at: Self.at(0))
        #expect(none.image(for: Self.key(1), at: Self.at(0)) == nil)
    }

    @Test("Whatever is stored and asked for, it never holds more than it may, and its sums are true")
    func random() {
        var random = SeededRandom(seed: 0x1A6E)
        var cache = ImageCache(maxBytes: 20_000, timeToLive: .seconds(50))
        var sizes: [ImageKey: Int] = [:]
        for step in 0..<5000 {
            let key = Self.key(UInt8.random(in: 0..<40, using: &random))
            let now = Self.at(Int64(step) / 10)
            if Bool.random(using: &random) {
                let image = Self.image(Int.random(in: 1...3000, using: &random))
                cache.store(image, for: key, at: now)
                sizes[key] = image.bytes
            } else if let image = cache.image(for: key, at: now) {
                #expect(image.bytes == sizes[key])
            }
            #expect(cache.statistics.bytes <= 20_000)
            #expect(cache.statistics.bytes >= cache.statistics.entries * ImageCache.overhead)
        }
        let later = Self.at(10_000)
        for number in 0..<40 { _ = cache.image(for: Self.key(UInt8(number)), at: later) }
        #expect(cache.statistics.entries == 0)
        #expect(cache.statistics.bytes == 0)
    }
}
