import Domain

/// Reads one kind of engine's stream, line by line.
protocol EventDecoder: Sendable {
    /// Reads a line and appends what it says.
    ///
    /// - Throws: ``ServiceError`` if the engine reports a failure, ``JSONError`` if the line is nonsense.
    mutating func decode(_ bytes: [UInt8], in line: Range<Int>, into events: inout [GenerationEvent]) throws

    /// The stream has ended: appends what is still owed.
    ///
    /// - Throws: as ``decode(_:in:into:)`` does.
    mutating func finish(into events: inout [GenerationEvent]) throws
}
