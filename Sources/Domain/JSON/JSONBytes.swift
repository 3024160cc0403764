/// The pieces of JSON text, each appended with one look at the room that is left.
extension [UInt8] {
    /// Appends up to so many bytes; `write` gets where they begin, and returns how many it has written.
    @inline(__always)
    mutating func append(upTo count: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int) {
        self.append(addingCapacity: count) { (span: inout OutputSpan<UInt8>) in
            span.withUnsafeMutableBufferPointer { buffer, written in
                if let start = buffer.baseAddress { written = write(start) }
            }
        }
    }

    /// Appends a whole number.
    public mutating func append(decimal number: Int) {
        // A sign, and the 19 digits of the largest one.
        self.append(upTo: 20) { start in
            if number < 0 { start.pointee = UInt8(ascii: "-") }
            let sign = number < 0 ? 1 : 0
            return sign + Self.write(number.magnitude, to: start + sign)
        }
    }

    /// Appends a number that is given in thousandths, with no more places than it has.
    public mutating func append(thousandths number: Int) {
        self.append(upTo: 24) { start in
            if number < 0 { start.pointee = UInt8(ascii: "-") }
            var count = number < 0 ? 1 : 0
            let (whole, rest) = number.magnitude.quotientAndRemainder(dividingBy: 1000)
            count += Self.write(whole, to: start + count)
            guard rest > 0 else { return count }
            start[count] = UInt8(ascii: ".")
            start[count + 1] = UInt8(ascii: "0") + UInt8(rest / 100)
            start[count + 2] = UInt8(ascii: "0") + UInt8(rest / 10 % 10)
            start[count + 3] = UInt8(ascii: "0") + UInt8(rest % 10)
            return count + (rest % 10 > 0 ? 4 : rest % 100 > 0 ? 3 : 2)
        }
    }

    /// Appends the inside of a JSON string.
    mutating func append(escaping text: UnsafeBufferPointer<UInt8>) {
        var rest = text[...]
        while true {
            let plain = WordSearch.plain(
                in: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(text)[rest.indices])
            )
            self.append(contentsOf: rest.prefix(plain))
            rest = rest.dropFirst(plain)
            guard let special = rest.popFirst() else { return }
            self.append(escape: special)
        }
    }

    private mutating func append(escape byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): self.append(contentsOf: "\\\"".utf8)
        case UInt8(ascii: "\\"): self.append(contentsOf: "\\\\".utf8)
        case 0x0A: self.append(contentsOf: "\\n".utf8)
        case 0x0D: self.append(contentsOf: "\\r".utf8)
        case 0x09: self.append(contentsOf: "\\t".utf8)
        default:
            self.append(contentsOf: "\\u00".utf8)
            for digit in [byte >> 4, byte & 15] { self.append(digit < 10 ? 0x30 + digit : 0x57 + digit) }
        }
    }

    /// Writes the digits of a number; returns how many they are.
    private static func write(_ number: UInt, to start: UnsafeMutablePointer<UInt8>) -> Int {
        var (count, rest) = (1, number)
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        rest = number
        for place in (0..<count).reversed() {
            start[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        return count
    }
}
