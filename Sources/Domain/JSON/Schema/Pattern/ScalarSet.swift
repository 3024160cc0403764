/// A set of Unicode scalars: ranges, and general categories.
struct ScalarSet: Sendable {
    /// The scalars of some general categories, or all others.
    struct Categories: Sendable {
        let categories: Set<Unicode.GeneralCategory>
        let isNegated: Bool
    }

    private(set) var ranges: [ClosedRange<UInt32>] = []
    private var categories: [Categories] = []
    var isNegated = false

    init(_ ranges: [ClosedRange<UInt32>] = []) {
        self.ranges = ranges
    }

    init(_ scalar: UInt32) {
        self.ranges = [scalar...scalar]
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        let isInside =
            self.ranges.contains { $0.contains(scalar.value) }
            || self.categories.contains {
                $0.categories.contains(scalar.properties.generalCategory) != $0.isNegated
            }
        return isInside != self.isNegated
    }

    mutating func add(_ range: ClosedRange<UInt32>) {
        self.ranges.append(range)
    }

    /// Adds a set that is not negated.
    mutating func add(_ other: ScalarSet) {
        self.ranges += other.ranges
        self.categories += other.categories
    }

    /// The scalars that are not in a set of ranges alone, as ranges.
    static func complement(of set: ScalarSet) -> ScalarSet {
        var rest: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in set.ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { rest.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { rest.append(next...0x10FFFF) }
        return ScalarSet(rest)
    }

    // MARK: Sets with names

    /// Digits: `\d`.
    static let digit = ScalarSet([0x30...0x39])
    /// Letters, digits and the underscore: `\w`.
    static let word = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    /// White space and line ends: `\s`.
    static let space = ScalarSet([
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
        0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ])
    /// All but line ends: `.`.
    static let any = ScalarSet.complement(of: ScalarSet([0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029]))

    /// `\p{…}`, by the short name of a general category or of a group of them; nil if there is none.
    static func category(_ name: String, isNegated: Bool) -> ScalarSet? {
        let found = ScalarSet.categoryNames.filter { name.count == 1 ? $0.name.hasPrefix(name) : $0.name == name }
        guard !found.isEmpty else { return nil }
        var set = ScalarSet()
        set.categories = [Categories(categories: Set(found.map(\.category)), isNegated: isNegated)]
        return set
    }

    /// The general categories by their names in Unicode.
    private static let categoryNames: [(name: String, category: Unicode.GeneralCategory)] = [
        ("Lu", .uppercaseLetter), ("Ll", .lowercaseLetter), ("Lt", .titlecaseLetter), ("Lm", .modifierLetter),
        ("Lo", .otherLetter), ("Mn", .nonspacingMark), ("Mc", .spacingMark), ("Me", .enclosingMark),
        ("Nd", .decimalNumber), ("Nl", .letterNumber), ("No", .otherNumber), ("Pc", .connectorPunctuation),
        ("Pd", .dashPunctuation), ("Ps", .openPunctuation), ("Pe", .closePunctuation), ("Pi", .initialPunctuation),
        ("Pf", .finalPunctuation), ("Po", .otherPunctuation), ("Sm", .mathSymbol), ("Sc", .currencySymbol),
        ("Sk", .modifierSymbol), ("So", .otherSymbol), ("Zs", .spaceSeparator), ("Zl", .lineSeparator),
        ("Zp", .paragraphSeparator), ("Cc", .control), ("Cf", .format), ("Cs", .surrogate), ("Co", .privateUse),
        ("Cn", .unassigned),
    ]
}
