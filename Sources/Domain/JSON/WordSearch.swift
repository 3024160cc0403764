/// Looks at text eight bytes at a time: an image in a body is millions of bytes of which none matters to JSON.
enum WordSearch {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Passes over bytes that stand for themselves in a JSON string: no quote, no backslash, no control character.
    ///
    /// - Parameters:
    ///   - bytes: the text.
    ///   - range: where to look.
    /// - Returns: a place with at most seven such bytes between it and the first other byte or the range's end, and
    ///   whether all bytes before it are ASCII.
    static func plain(in bytes: [UInt8], range: Range<Int>) -> (end: Int, isASCII: Bool) {
        bytes.withUnsafeBytes { bytes in
            var index = range.lowerBound
            var seen: UInt64 = 0
            while index + 8 <= range.upperBound {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                let special = self.specials(word)
                if special != 0 {
                    // The first special byte's place, and what of the word is before it.
                    let count = special.trailingZeroBitCount / 8
                    let before = count == 0 ? 0 : word << (64 - 8 * UInt64(count))
                    return (index + count, (seen | before) & self.highBits == 0)
                }
                seen |= word
                index += 8
            }
            return (index, seen & self.highBits == 0)
        }
    }

    /// How many bytes at the beginning stand for themselves in a JSON string.
    static func plain(in bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count >= 8 else {
            return bytes.firstIndex(where: self.isSpecial) ?? bytes.count
        }
        var index = 0
        while true {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let special = self.specials(word)
            if special != 0 { return index + special.trailingZeroBitCount / 8 }
            if index + 8 == bytes.count { return bytes.count }
            // The last word begins within the one before it.
            index = Swift.min(index + 8, bytes.count - 8)
        }
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// Not 0 if a byte of the word is a quote, a backslash or a control character.
    ///
    /// The lowest bit that is set is in the first of them; those above it say nothing, for each byte borrows from the next.
    private static func specials(_ word: UInt64) -> UInt64 {
        self.zeroes(word ^ (self.ones &* 0x22)) | self.zeroes(word ^ (self.ones &* 0x5C))
            | ((word &- (self.ones &* 0x20)) & ~word & self.highBits)
    }

    /// Whether two texts of one length are the same.
    static func isEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index + 8 <= left.count {
            let word = left.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            guard word == right.loadUnaligned(fromByteOffset: index, as: UInt64.self) else { return false }
            index += 8
        }
        while index < left.count {
            guard left[index] == right[index] else { return false }
            index += 1
        }
        return true
    }

    /// Whether a byte occurs.
    static func contains(_ byte: UInt8, in bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBytes { bytes in
            let wanted = self.ones &* UInt64(byte)
            var index = 0
            while index + 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if self.zeroes(word ^ wanted) != 0 { return true }
                index += 8
            }
            return bytes[index...].contains(byte)
        }
    }

    /// Not 0 if a byte of the word is 0, and only then.
    private static func zeroes(_ word: UInt64) -> UInt64 {
        (word &- self.ones) & ~word & self.highBits
    }
}
