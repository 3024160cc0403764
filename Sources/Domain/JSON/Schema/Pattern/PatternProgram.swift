/// One instruction of a compiled pattern; the next one follows unless it says otherwise.
enum PatternInstruction: Sendable {
    /// Take a scalar of the set.
    case take(ScalarSet)
    /// Go on only if this holds here.
    case check(PatternAssertion)
    /// Go on at both.
    case split(Int, Int)
    /// Go on there.
    case jump(Int)
    /// The pattern is found.
    case found
}

/// Writes a pattern's tree as a program.
struct PatternWriter {
    private(set) var program: [PatternInstruction] = []

    /// Writes a whole pattern.
    mutating func write(_ syntax: PatternSyntax) throws(PatternError) {
        try self.part(syntax)
        try self.append(.found)
    }

    private mutating func part(_ syntax: PatternSyntax) throws(PatternError) {
        switch syntax {
        case .scalar(let set): try self.append(.take(set))
        case .assertion(let assertion): try self.append(.check(assertion))
        case .sequence(let parts): for part in parts { try self.part(part) }
        case .alternatives(let alternatives):
            var ends: [Int] = []
            for alternative in alternatives.dropLast() {
                let split = try self.append(.split(0, 0))
                try self.part(alternative)
                ends.append(try self.append(.jump(0)))
                self.program[split] = .split(split + 1, self.program.count)
            }
            if let last = alternatives.last { try self.part(last) }
            for end in ends { self.program[end] = .jump(self.program.count) }
        case .repeated(let part, let least, let most): try self.repeated(part, least, most)
        }
    }

    private mutating func repeated(_ part: PatternSyntax, _ least: Int, _ most: Int?) throws(PatternError) {
        for _ in 0..<least { try self.part(part) }
        guard let most else {
            let split = try self.append(.split(0, 0))
            try self.part(part)
            try self.append(.jump(split))
            self.program[split] = .split(split + 1, self.program.count)
            return
        }
        var splits: [Int] = []
        for _ in least..<most {
            splits.append(try self.append(.split(0, 0)))
            try self.part(part)
        }
        for split in splits { self.program[split] = .split(split + 1, self.program.count) }
    }

    @discardableResult
    private mutating func append(_ instruction: PatternInstruction) throws(PatternError) -> Int {
        guard self.program.count < SchemaLimits.patternInstructions else {
            throw .unsupported("The pattern is too large: its counts repeat too much.")
        }
        self.program.append(instruction)
        return self.program.count - 1
    }
}

/// One search for a pattern.
struct PatternRun {
    private let program: [PatternInstruction]
    /// The instructions that wait for the next scalar.
    private var waiting: [Int] = []
    /// At which place an instruction was last reached: none is followed twice at one place.
    private var reached: [Int]
    private var isFound = false

    init(_ program: [PatternInstruction]) {
        self.program = program
        self.reached = [Int](repeating: -1, count: program.count)
    }

    /// Whether the pattern is found anywhere; nil if the steps do not suffice.
    mutating func search(_ scalars: [Unicode.Scalar], steps: inout Int) -> Bool? {
        for place in 0...scalars.count {
            // The pattern may begin at every place.
            self.follow(0, at: place, in: scalars, &steps)
            if self.isFound { return true }
            guard steps > 0 else { return nil }
            guard place < scalars.count else { break }
            let ready = self.waiting
            self.waiting = []
            for index in ready {
                guard case .take(let set) = self.program[index] else { continue }
                steps -= set.ranges.count
                guard set.contains(scalars[place]) else { continue }
                self.follow(index + 1, at: place + 1, in: scalars, &steps)
            }
            if self.isFound { return true }
        }
        return false
    }

    /// Goes on from an instruction until a scalar is needed.
    private mutating func follow(_ start: Int, at place: Int, in scalars: [Unicode.Scalar], _ steps: inout Int) {
        var next = [start]
        while let index = next.popLast() {
            guard self.reached[index] != place else { continue }
            self.reached[index] = place
            steps -= 1
            switch self.program[index] {
            case .take: self.waiting.append(index)
            case .check(let assertion): if assertion.holds(at: place, in: scalars) { next.append(index + 1) }
            case .split(let left, let right): next += [right, left]
            case .jump(let target): next.append(target)
            case .found: self.isFound = true
            }
        }
    }
}
