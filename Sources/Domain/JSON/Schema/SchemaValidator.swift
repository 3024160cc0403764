/// One check of one value.
///
/// Each application of a subschema, each element and each member is a step; the steps of a check are bounded, so that no schema
/// can make it long.
struct SchemaValidator {
    private let nodes: [SchemaNode]
    private var steps = SchemaLimits.steps
    private var patternSteps = SchemaLimits.patternSteps
    /// Where the check is: names and indices.
    private var path: [String] = []
    private var depth = 0
    /// Why the check cannot go on.
    private var obstacle: String?

    init(_ nodes: [SchemaNode]) {
        self.nodes = nodes
    }

    /// What is wrong with a value.
    mutating func faults(of value: JSONValue) -> [FieldFault] {
        var sink = FaultSink(limit: FaultList.limit)
        let isValid = self.holds(0, value, &sink)
        if let obstacle = self.obstacle { return [FieldFault(pointer: "", detail: obstacle)] }
        return isValid ? [] : sink.faults
    }

    // MARK: One subschema

    /// Whether a subschema allows a value; why not is noted.
    private mutating func holds(_ index: Int, _ value: JSONValue, _ sink: inout FaultSink) -> Bool {
        guard self.step(), self.enter() else { return false }
        defer { self.depth -= 1 }
        let node = self.nodes[index]
        guard !node.refusesAll else { return self.fault("Nothing is allowed here.", &sink) }
        if let kinds = node.kinds, !SchemaValidator.isOf(kinds, value) {
            return self.fault("\(kinds.text) is expected, not \(value.kind).", &sink)
        }
        var isValid = true
        for allowed in node.allowed where !allowed.contains(value) {
            isValid = self.fault("The value is not one of: \(allowed.words).", &sink)
        }
        switch value {
        case .number(let number):
            if let rules = node.number, let detail = rules.fault(of: DecimalNumber(number)) {
                isValid = self.fault(detail, &sink)
            }
        case .string(let string):
            if let rules = node.string { isValid = self.holds(rules, string, &sink) && isValid }
        case .array(let elements):
            if let rules = node.array { isValid = self.holds(rules, elements, &sink) && isValid }
        case .object(let object):
            if let rules = node.object { isValid = self.holds(rules, object, &sink) && isValid }
        case .null, .bool: break
        }
        return self.combinationsHold(node, value, &sink) && isValid
    }

    private mutating func combinationsHold(_ node: SchemaNode, _ value: JSONValue, _ sink: inout FaultSink) -> Bool {
        var isValid = true
        if let reference = node.reference { isValid = self.holds(reference, value, &sink) }
        for schema in node.allOf { isValid = self.holds(schema, value, &sink) && isValid }
        if let anyOf = node.anyOf { isValid = self.someHolds(anyOf, value, &sink) && isValid }
        if let oneOf = node.oneOf { isValid = self.oneHolds(oneOf, value, &sink) && isValid }
        return isValid
    }

    private mutating func someHolds(_ schemas: [Int], _ value: JSONValue, _ sink: inout FaultSink) -> Bool {
        var nearest: FieldFault?
        for schema in schemas {
            var inner = FaultSink(limit: 1)
            if self.holds(schema, value, &inner) { return true }
            if self.obstacle != nil { return false }
            nearest = SchemaValidator.deeper(nearest, inner.faults.first)
        }
        return self.noneHolds(nearest, of: schemas.count, &sink)
    }

    private mutating func oneHolds(_ schemas: [Int], _ value: JSONValue, _ sink: inout FaultSink) -> Bool {
        var nearest: FieldFault?
        var count = 0
        for schema in schemas {
            var inner = FaultSink(limit: 1)
            if self.holds(schema, value, &inner) { count += 1 }
            if self.obstacle != nil { return false }
            if count > 1 { return self.fault("More than one of \(schemas.count) forms fits; exactly one must.", &sink) }
            nearest = SchemaValidator.deeper(nearest, inner.faults.first)
        }
        return count == 1 ? true : self.noneHolds(nearest, of: schemas.count, &sink)
    }

    /// The form whose fault lies deepest is the one that was meant.
    private func noneHolds(_ nearest: FieldFault?, of count: Int, _ sink: inout FaultSink) -> Bool {
        guard count > 1 else {
            if let nearest { sink.add(nearest.pointer, nearest.detail) }
            return false
        }
        let hint = nearest.map { " The nearest fails at '\($0.pointer)': \($0.detail)" } ?? ""
        return self.fault("None of \(count) forms fits.\(hint)", &sink)
    }

    private static func deeper(_ left: FieldFault?, _ right: FieldFault?) -> FieldFault? {
        guard let left, let right else { return left ?? right }
        let (depth, other) = (left.pointer, right.pointer)
        return other.utf8.count(where: { $0 == UInt8(ascii: "/") })
            > depth.utf8.count(where: { $0 == UInt8(ascii: "/") }) ? right : left
    }

    // MARK: Kinds of values

    private static func isOf(_ kinds: SchemaNode.Kinds, _ value: JSONValue) -> Bool {
        switch value {
        case .null: kinds.contains(.null)
        case .bool: kinds.contains(.boolean)
        case .number(let number):
            kinds.contains(.number) || kinds.contains(.integer) && DecimalNumber(number).isInteger
        case .string: kinds.contains(.string)
        case .array: kinds.contains(.array)
        case .object: kinds.contains(.object)
        }
    }

    private mutating func holds(_ rules: SchemaNode.StringRules, _ string: String, _ sink: inout FaultSink) -> Bool {
        var isValid = true
        if rules.length.minimum > 0 || rules.length.maximum < .max {
            let count = string.unicodeScalars.count
            if let detail = rules.length.fault(of: count, "character") { isValid = self.fault(detail, &sink) }
        }
        guard let pattern = rules.pattern else { return isValid }
        guard let matches = pattern.matches(string, steps: &self.patternSteps) else {
            self.obstacle = "The answer is too long to be checked against the patterns of its schema."
            return false
        }
        return matches
            ? isValid : self.fault("The string does not match the pattern '\(pattern.text.prefix(128))'.", &sink)
    }

    private mutating func holds(
        _ rules: SchemaNode.ArrayRules,
        _ elements: [JSONValue],
        _ sink: inout FaultSink
    ) -> Bool {
        var isValid = true
        if let detail = rules.count.fault(of: elements.count, "element") { isValid = self.fault(detail, &sink) }
        guard let items = rules.items else { return isValid }
        for (index, element) in elements.enumerated() {
            self.path.append(String(index))
            isValid = self.holds(items, element, &sink) && isValid
            self.path.removeLast()
            if !isValid, sink.isFull || self.obstacle != nil { return false }
        }
        return isValid
    }

    private mutating func holds(_ rules: SchemaNode.ObjectRules, _ object: JSONObject, _ sink: inout FaultSink) -> Bool
    {
        // Of fields with the same name the last one counts.
        var last: [String: Int] = [:]
        for (position, member) in object.members.enumerated() { last[member.key] = position }
        var isValid = true
        if let detail = rules.count.fault(of: last.count, "field") { isValid = self.fault(detail, &sink) }
        for name in rules.required where last[name] == nil {
            isValid = self.fault("The field '\(name.prefix(64))' is missing.", &sink)
        }
        for (position, member) in object.members.enumerated() where last[member.key] == position {
            guard self.step() else { return false }
            guard let schema = rules.properties[member.key] ?? rules.additional else { continue }
            self.path.append(member.key)
            if rules.properties[member.key] == nil, self.nodes[schema].refusesAll {
                isValid = self.fault("There is no such field in the schema.", &sink)
            } else {
                isValid = self.holds(schema, member.value, &sink) && isValid
            }
            self.path.removeLast()
            if !isValid, sink.isFull || self.obstacle != nil { return false }
        }
        return isValid
    }

    // MARK: Parts

    /// Notes a fault at the present place.
    private func fault(_ detail: String, _ sink: inout FaultSink) -> Bool {
        if !sink.isFull { sink.add(SchemaReference.pointer(self.path), detail.capitalizedFirst) }
        return false
    }

    private mutating func step() -> Bool {
        self.steps -= 1
        if self.steps < 0 { self.obstacle = "The answer is too large to be checked against its schema." }
        return self.obstacle == nil
    }

    /// Goes one subschema deeper.
    private mutating func enter() -> Bool {
        guard self.depth < SchemaLimits.depth else {
            self.obstacle = "More than \(SchemaLimits.depth) parts of the schema apply inside one another."
            return false
        }
        self.depth += 1
        return true
    }
}

extension SchemaNode.NumberRules {
    /// Why a number is not allowed.
    fileprivate func fault(of number: DecimalNumber) -> String? {
        if let minimum, number < minimum { return "The number must be at least \(self.text("minimum"))." }
        if let maximum, number > maximum { return "The number must be at most \(self.text("maximum"))." }
        if let exclusiveMinimum, number <= exclusiveMinimum {
            return "The number must be above \(self.text("exclusiveMinimum"))."
        }
        if let exclusiveMaximum, number >= exclusiveMaximum {
            return "The number must be below \(self.text("exclusiveMaximum"))."
        }
        if let multipleOf, !number.isMultiple(of: multipleOf) {
            return "The number must be a multiple of \(self.text("multipleOf"))."
        }
        return nil
    }

    private func text(_ keyword: String) -> String { self.texts[keyword] ?? "" }
}

extension SchemaNode.CountRule {
    /// Why a count is not allowed.
    fileprivate func fault(of count: Int, _ noun: String) -> String? {
        func words(_ number: Int) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
        if count < self.minimum { return "There must be at least \(words(self.minimum)), not \(count)." }
        if count > self.maximum { return "There must be at most \(words(self.maximum)), not \(count)." }
        return nil
    }
}
