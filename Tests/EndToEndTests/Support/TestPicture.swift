import Foundation
import Synchronization

/// Pictures that tests make themselves: grey PNGs whose pixels are stored as they are.
enum TestPicture {
    private static let made = Mutex<[[Int]: [UInt8]]>([:])

    /// A PNG of a size (W3C PNG specification; zlib with stored blocks, RFC 1950 and 1951).
    ///
    /// `seed`: pictures with different ones differ in what they say of themselves, 0 says nothing. A picture of a size is made only once: that
    /// takes a test longer than the service takes to read it.
    static func png(_ width: Int, _ height: Int, seed: UInt8 = 0) -> [UInt8] {
        let picture = TestPicture.made.withLock { made in
            if let picture = made[[width, height]] { return picture }
            let picture = TestPicture.makePNG(width, height)
            made[[width, height]] = picture
            return picture
        }
        let text = seed == 0 ? [] : TestPicture.chunk("tEXt", Array("Seed".utf8) + [0, 48 + seed])
        return picture + text + TestPicture.chunk("IEND", [])
    }

    private static func makePNG(_ width: Int, _ height: Int) -> [UInt8] {
        let row = [UInt8(0)] + (0..<width).map { UInt8(truncatingIfNeeded: $0 / 4) }
        let raw = [UInt8](repeatElement(row, count: height).joined())
        let header = TestPicture.big(UInt32(width)) + TestPicture.big(UInt32(height)) + [8, 0, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + TestPicture.chunk("IHDR", header)
            + TestPicture.chunk("IDAT", TestPicture.stored(raw))
    }

    /// The same in Base64.
    static func base64(_ picture: [UInt8]) -> String { Data(picture).base64EncodedString() }

    private static func stored(_ raw: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0x78, 0x01]
        var index = 0
        repeat {
            let end = min(index + 65_535, raw.count)
            let length = UInt16(end - index)
            bytes += [end == raw.count ? 1 : 0] + [length, ~length].flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
            bytes += raw[index..<end]
            index = end
        } while index < raw.count
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in raw {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return bytes + TestPicture.big(high << 16 | low)
    }

    private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        return TestPicture.big(UInt32(data.count)) + body + TestPicture.big(TestPicture.crc(body))
    }

    private static let table: [UInt32] = (0..<256).map { start in
        (0..<8).reduce(UInt32(start)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }

    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { TestPicture.table[Int(($0 ^ UInt32($1)) & 255)] ^ ($0 >> 8) }
    }

    private static func big(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
