/// Where lines go in the end.
protocol LogSink: Sendable {
    /// Writes whole lines. May block, but not for long once it is to hurry.
    ///
    /// - Returns: how many lines could not be written.
    mutating func write(_ lines: [UInt8], isHurried: () -> Bool) -> Int
}

extension Sequence<UInt8> {
    /// How many lines end in these bytes.
    var lineCount: Int { self.count { $0 == UInt8(ascii: "\n") } }
}
