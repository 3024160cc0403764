/// Cuts a stream of bytes into lines.
///
/// A line that lies within one piece is not copied.
struct LineSplitter {
    /// A line grew beyond what is allowed.
    struct LineTooLong: Error {}

    private let limit: Int
    private var carry: [UInt8] = []

    /// - Parameter limit: the longest line, in bytes.
    init(limit: Int) {
        self.limit = limit
    }

    /// Takes a piece and calls the body for each line that ends in it, without its end (LF or CRLF).
    mutating func feed(_ piece: [UInt8], _ body: ([UInt8], Range<Int>) throws -> Void) throws {
        // What was carried over has been searched already.
        var search = self.carry.count
        var bytes = piece
        if search > 0 {
            // Moved out before it grows: a copy for each piece would make a long line cost its square.
            bytes = self.carry
            self.carry = []
            bytes.append(contentsOf: piece)
        }
        var start = 0
        while let newline = bytes[search...].firstIndex(of: 0x0A) {
            try body(bytes, LineSplitter.trimmed(bytes, start..<newline))
            start = newline + 1
            search = start
        }
        guard bytes.count - start <= self.limit else { throw LineTooLong() }
        self.carry = start == 0 ? bytes : start < bytes.count ? Array(bytes[start...]) : []
    }

    /// Calls the body for a last line that has no end.
    mutating func finish(_ body: ([UInt8], Range<Int>) throws -> Void) throws {
        guard !self.carry.isEmpty else { return }
        defer { self.carry = [] }
        try body(self.carry, LineSplitter.trimmed(self.carry, 0..<self.carry.count))
    }

    private static func trimmed(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int> {
        let endsInReturn = !range.isEmpty && bytes[range.upperBound - 1] == 0x0D
        return endsInReturn ? range.lowerBound..<(range.upperBound - 1) : range
    }
}
