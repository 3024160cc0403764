/// Reads ECMA-262's patterns, as far as they can be matched in one pass.
///
/// Where the specification lets a browser be lenient, it is lenient too: a brace that opens no count stands for itself.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var depth = 0

    init(_ text: String) {
        self.scalars = Array(text.unicodeScalars)
    }

    mutating func parse() throws(PatternError) -> PatternSyntax {
        let syntax = try self.alternatives()
        guard self.peek == nil else { throw .wrong("The pattern has a ')' without a '('.") }
        return syntax
    }

    // MARK: Structure

    private mutating func alternatives() throws(PatternError) -> PatternSyntax {
        var alternatives = [try self.sequence()]
        while self.take("|") { alternatives.append(try self.sequence()) }
        return alternatives.count == 1 ? alternatives[0] : .alternatives(alternatives)
    }

    private mutating func sequence() throws(PatternError) -> PatternSyntax {
        var parts: [PatternSyntax] = []
        while let next = self.peek, next != "|", next != ")" {
            parts.append(try self.quantified(try self.atom()))
        }
        return .sequence(parts)
    }

    private mutating func quantified(_ atom: PatternSyntax) throws(PatternError) -> PatternSyntax {
        let count: (Int, Int?)
        switch self.peek {
        case "*": count = (0, nil)
        case "+": count = (1, nil)
        case "?": count = (0, 1)
        case "{":
            guard let (braces, length) = self.braces() else { return atom }
            count = braces
            self.index += length - 1
        default: return atom
        }
        self.index += 1
        // Whether it takes as much or as little as it can makes no difference to whether it matches.
        _ = self.take("?")
        if let most = count.1, most < count.0 {
            throw .wrong("The pattern has a count whose ends are the wrong way round.")
        }
        if case .assertion = atom { throw .wrong("The pattern repeats something that has no length.") }
        if let next = self.peek, next == "*" || next == "+" || next == "?" || next == "{" && self.braces() != nil {
            throw .wrong("The pattern has a quantifier with nothing to repeat.")
        }
        return .repeated(atom, count.0, count.1)
    }

    /// Looks at `{n}`, `{n,}` or `{n,m}`; nil if it is no count.
    private func braces() -> (count: (Int, Int?), length: Int)? {
        var cursor = self.index + 1
        func digits() -> Int? {
            var value: Int?
            while cursor < self.scalars.count, let digit = PatternParser.digit(self.scalars[cursor]) {
                value = min((value ?? 0) * 10 + digit, SchemaLimits.patternInstructions + 1)
                cursor += 1
            }
            return value
        }
        guard let least = digits() else { return nil }
        var most: Int? = least
        if cursor < self.scalars.count, self.scalars[cursor] == "," {
            cursor += 1
            most = digits()
        }
        guard cursor < self.scalars.count, self.scalars[cursor] == "}" else { return nil }
        return ((least, most), cursor + 1 - self.index)
    }

    // MARK: Atoms

    private mutating func atom() throws(PatternError) -> PatternSyntax {
        let scalar = self.scalars[self.index]
        self.index += 1
        switch scalar {
        case "^": return .assertion(.start)
        case "$": return .assertion(.end)
        case ".": return .scalar(.any)
        case "(": return try self.group()
        case "[": return .scalar(try self.set())
        case "*", "+", "?": throw .wrong("The pattern has a quantifier with nothing to repeat.")
        case "\\":
            if self.take("b") { return .assertion(.wordBoundary) }
            if self.take("B") { return .assertion(.noWordBoundary) }
            return .scalar(try self.escape())
        default: return .scalar(ScalarSet(scalar.value))
        }
    }

    private mutating func group() throws(PatternError) -> PatternSyntax {
        self.depth += 1
        guard self.depth <= SchemaLimits.patternDepth else {
            throw .unsupported("Groups nested deeper than \(SchemaLimits.patternDepth) levels are not supported.")
        }
        if self.take("?") { try self.groupKind() }
        let syntax = try self.alternatives()
        guard self.take(")") else { throw .wrong("The pattern has a '(' without a ')'.") }
        self.depth -= 1
        return syntax
    }

    private mutating func groupKind() throws(PatternError) {
        if self.take(":") { return }
        guard self.take("<"), let next = self.peek, next != "=", next != "!" else {
            throw .unsupported("Only plain groups are supported, no assertions about what stands before or behind.")
        }
        while let next = self.peek, next != ">" {
            guard ScalarSet.word.contains(next) || next == "$" else {
                throw .wrong("The pattern has a group with a wrong name.")
            }
            self.index += 1
        }
        guard self.take(">") else { throw .wrong("The pattern has a group whose name does not end.") }
    }

    /// A set in brackets.
    private mutating func set() throws(PatternError) -> ScalarSet {
        var set = ScalarSet()
        let isNegated = self.take("^")
        while let next = self.peek {
            self.index += 1
            if next == "]" {
                set.isNegated = isNegated
                return set
            }
            let first = try self.member(next)
            guard self.peek == "-", self.index + 1 < self.scalars.count, self.scalars[self.index + 1] != "]" else {
                set.add(first)
                continue
            }
            self.index += 2
            let last = try self.member(self.scalars[self.index - 1])
            guard let low = first.single, let high = last.single else {
                throw .wrong("The pattern has a range between things that are not characters.")
            }
            guard low <= high else { throw .wrong("The pattern has a range whose ends are the wrong way round.") }
            set.add(low...high)
        }
        throw .wrong("The pattern has a '[' without a ']'.")
    }

    private mutating func member(_ scalar: Unicode.Scalar) throws(PatternError) -> ScalarSet {
        guard scalar == "\\" else { return ScalarSet(scalar.value) }
        return self.take("b") ? ScalarSet(0x08) : try self.escape()
    }

    // MARK: Escapes

    /// What stands for itself after a backslash, because it means something else without.
    private static let syntaxCharacters = Set("^$\\.*+?()[]{}|/-".unicodeScalars)

    /// Reads what follows a backslash.
    private mutating func escape() throws(PatternError) -> ScalarSet {
        guard let scalar = self.peek else { throw .wrong("The pattern ends in a backslash.") }
        self.index += 1
        switch scalar {
        case "d": return .digit
        case "D": return .complement(of: .digit)
        case "w": return .word
        case "W": return .complement(of: .word)
        case "s": return .space
        case "S": return .complement(of: .space)
        case "t": return ScalarSet(0x09)
        case "n": return ScalarSet(0x0A)
        case "v": return ScalarSet(0x0B)
        case "f": return ScalarSet(0x0C)
        case "r": return ScalarSet(0x0D)
        case "x": return ScalarSet(try self.hex(2))
        case "u": return ScalarSet(try self.unicode())
        case "p", "P": return try self.category(isNegated: scalar == "P")
        case "c":
            guard let letter = self.peek, letter.isASCII, letter.properties.isAlphabetic else {
                throw .wrong("The pattern has a '\\c' without a letter.")
            }
            self.index += 1
            return ScalarSet(letter.value & 31)
        case "0" where self.peek.flatMap(PatternParser.digit) == nil: return ScalarSet(0)
        case "0"..."9", "k": throw .unsupported("References to what was matched before are not supported in a pattern.")
        default:
            guard !scalar.properties.isAlphabetic || !scalar.isASCII else {
                throw .wrong("The pattern has an unknown escape '\\\(scalar)'.")
            }
            return ScalarSet(scalar.value)
        }
    }

    /// `\u` and four hexadecimal digits, also as a pair of surrogates, or `\u{…}`.
    private mutating func unicode() throws(PatternError) -> UInt32 {
        if self.take("{") {
            var value: UInt32 = 0
            while let digit = self.peek.flatMap(PatternParser.hexDigit) {
                value = min(value << 4 | digit, 0x11_0000)
                self.index += 1
            }
            guard self.take("}"), value <= 0x10FFFF else {
                throw .wrong("The pattern has a '\\u{…}' that is no character.")
            }
            return value
        }
        let first = try self.hex(4)
        guard (0xD800..<0xDC00).contains(first), self.index + 1 < self.scalars.count, self.scalars[self.index] == "\\",
            self.scalars[self.index + 1] == "u"
        else { return first }
        self.index += 2
        let second = try self.hex(4)
        guard (0xDC00..<0xE000).contains(second) else { throw .wrong("The pattern has half a surrogate pair.") }
        return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
    }

    private mutating func hex(_ count: Int) throws(PatternError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let digit = self.peek.flatMap(PatternParser.hexDigit) else {
                throw .wrong("The pattern has an escape without its \(count) hexadecimal digits.")
            }
            value = value << 4 | digit
            self.index += 1
        }
        return value
    }

    private mutating func category(isNegated: Bool) throws(PatternError) -> ScalarSet {
        guard self.take("{") else { throw .wrong("The pattern has a '\\p' without a name in braces.") }
        var name = ""
        while let next = self.peek, next != "}" {
            name.unicodeScalars.append(next)
            self.index += 1
        }
        guard self.take("}") else { throw .wrong("The pattern has a '\\p{' without a '}'.") }
        guard let set = ScalarSet.category(name, isNegated: isNegated) else {
            throw .unsupported(
                "Of '\\p{…}' only the short names of general categories are supported, such as 'Lu' or 'L'."
            )
        }
        return set
    }

    // MARK: Scalars

    private var peek: Unicode.Scalar? {
        self.index < self.scalars.count ? self.scalars[self.index] : nil
    }

    /// Passes over a scalar if it is next.
    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard self.peek == scalar else { return false }
        self.index += 1
        return true
    }

    private static func digit(_ scalar: Unicode.Scalar) -> Int? {
        ("0"..."9").contains(scalar) ? Int(scalar.value) - 0x30 : nil
    }

    private static func hexDigit(_ scalar: Unicode.Scalar) -> UInt32? {
        guard let byte = UInt8(exactly: scalar.value) else { return nil }
        return JSONScanner.hexDigit(byte).map(UInt32.init)
    }
}

extension ScalarSet {
    /// The scalar, if the set is only one.
    fileprivate var single: UInt32? {
        guard self.ranges.count == 1, let range = self.ranges.first, range.count == 1 else { return nil }
        return range.lowerBound
    }
}
