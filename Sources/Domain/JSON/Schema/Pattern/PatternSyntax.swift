/// A pattern as a tree.
indirect enum PatternSyntax {
    /// One scalar.
    case scalar(ScalarSet)
    /// The start or the end of the string, or a place between a word and something else.
    case assertion(PatternAssertion)
    /// One after the other.
    case sequence([PatternSyntax])
    /// One of several.
    case alternatives([PatternSyntax])
    /// So many times; nil is as often as it likes.
    case repeated(PatternSyntax, Int, Int?)
}

/// Something about a place in a string.
enum PatternAssertion: Sendable {
    case start
    case end
    case wordBoundary
    case noWordBoundary

    /// Whether it holds at a place.
    func holds(at index: Int, in scalars: [Unicode.Scalar]) -> Bool {
        switch self {
        case .start: index == 0
        case .end: index == scalars.count
        case .wordBoundary: PatternAssertion.isBoundary(index, in: scalars)
        case .noWordBoundary: !PatternAssertion.isBoundary(index, in: scalars)
        }
    }

    private static func isBoundary(_ index: Int, in scalars: [Unicode.Scalar]) -> Bool {
        let before = index > 0 && ScalarSet.word.contains(scalars[index - 1])
        let after = index < scalars.count && ScalarSet.word.contains(scalars[index])
        return before != after
    }
}
