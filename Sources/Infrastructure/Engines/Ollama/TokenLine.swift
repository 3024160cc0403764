import Domain

/// What is the same in every line of an answer that tells one token: all but the time and the text.
///
/// It is learnt from a line that was read whole. Another that differs from it in nothing but those two strings says the same
/// of another token, and need not be read whole again.
struct TokenLine: Sendable {
    /// What stands before the time, and its first quote.
    private let head: [UInt8]
    /// What stands between time and text, with the last quote of the one and the first of the other.
    private let middle: [UInt8]
    /// The last quote of the text, and what stands behind it.
    private let tail: [UInt8]

    /// Learns from a line; nil where the text stands before the time.
    ///
    /// - Parameters:
    ///   - bytes: where the line is.
    ///   - line: its place there.
    ///   - time: the time, as it was read there.
    ///   - text: the token's text, as it was read there.
    init?(_ bytes: [UInt8], _ line: Range<Int>, time: JSONText, text: JSONText) {
        let (time, text) = (time.escaped.indices, text.escaped.indices)
        guard time.upperBound <= text.lowerBound else { return nil }
        self.head = Array(bytes[line.lowerBound..<time.lowerBound])
        self.middle = Array(bytes[time.upperBound..<text.lowerBound])
        self.tail = Array(bytes[text.upperBound..<line.upperBound])
    }

    /// The text of a line's token; nil for a line that has to be read whole.
    func text(_ bytes: [UInt8], _ line: Range<Int>) -> JSONText? {
        guard let time = self.end(of: self.head, in: bytes, at: line.lowerBound, line.upperBound),
            let afterTime = TokenLine.string(bytes, time, line.upperBound)?.escaped.endIndex,
            let start = self.end(of: self.middle, in: bytes, at: afterTime, line.upperBound),
            let text = TokenLine.string(bytes, start, line.upperBound),
            self.end(of: self.tail, in: bytes, at: text.escaped.endIndex, line.upperBound) == line.upperBound
        else { return nil }
        return text
    }

    /// Where a part ends if it stands at a place; nil if it does not.
    private func end(of part: [UInt8], in bytes: [UInt8], at start: Int, _ limit: Int) -> Int? {
        let end = start + part.count
        return end <= limit && bytes[start..<end] == part[...] ? end : nil
    }

    /// The string whose first quote stands before a place; nil where there is none.
    private static func string(_ bytes: [UInt8], _ start: Int, _ limit: Int) -> JSONText? {
        var scanner = JSONScanner(bytes, in: (start - 1)..<limit)
        return try? scanner.string()
    }
}
