/// A regular expression of a schema: ECMA-262's, matched anywhere in a string, scalar by scalar.
///
/// All ways through the pattern are followed at once (Thompson's construction), so that the time of a match grows with the
/// length of the string alone: with an engine that goes back and tries again, such as the standard library's, a schema
/// such as `(a+)+$` could hold the service up for years. What such a construction cannot do is refused: back references and
/// assertions about what stands before or behind.
struct SchemaPattern: Sendable {
    /// The pattern as it was written.
    let text: String
    private let program: [PatternInstruction]

    /// Compiles a pattern.
    init(_ text: String) throws(PatternError) {
        guard text.utf8.count <= SchemaLimits.patternBytes else {
            throw .unsupported("A pattern of more than \(SchemaLimits.patternBytes) bytes is not supported.")
        }
        var parser = PatternParser(text)
        var writer = PatternWriter()
        try writer.write(try parser.parse())
        self.text = text
        self.program = writer.program
    }

    /// Whether the pattern is found in a string; nil if that takes more steps than are left.
    func matches(_ string: String, steps: inout Int) -> Bool? {
        var run = PatternRun(self.program)
        return run.search(Array(string.unicodeScalars), steps: &steps)
    }
}
