extension SchemaCompiler {
    /// Reads one keyword into a node.
    ///
    /// - Returns: false if there is no such keyword.
    mutating func read(
        _ keyword: String,
        _ value: JSONValue,
        into node: inout SchemaNode,
        at index: Int
    ) throws(ServiceError) -> Bool {
        switch keyword {
        case "type": node.kinds = try self.kinds(value, index)
        case "const": node.allowed.append(AllowedValues([value]))
        case "enum": node.allowed.append(AllowedValues(try self.elements(value, keyword, index)))
        case "$ref": node.reference = try self.goal(of: value, at: index)
        case "allOf": node.allOf = try self.schemas(value, keyword, index)
        case "anyOf": node.anyOf = try self.schemas(value, keyword, index)
        case "oneOf": node.oneOf = try self.schemas(value, keyword, index)
        default:
            // Not with `||`: its operands would forget which error they throw.
            if try self.readNumber(keyword, value, into: &node, at: index) { return true }
            if try self.readString(keyword, value, into: &node, at: index) { return true }
            if try self.readArray(keyword, value, into: &node, at: index) { return true }
            return try self.readObject(keyword, value, into: &node, at: index)
        }
        return true
    }

    private func readNumber(
        _ keyword: String,
        _ value: JSONValue,
        into node: inout SchemaNode,
        at index: Int
    ) throws(ServiceError) -> Bool {
        var rules = node.number ?? SchemaNode.NumberRules()
        switch keyword {
        case "minimum": rules.minimum = try self.number(value, keyword, index)
        case "maximum": rules.maximum = try self.number(value, keyword, index)
        case "exclusiveMinimum": rules.exclusiveMinimum = try self.number(value, keyword, index)
        case "exclusiveMaximum": rules.exclusiveMaximum = try self.number(value, keyword, index)
        case "multipleOf":
            let divisor = try self.number(value, keyword, index)
            guard divisor.isPositive else { throw self.wrong(index, keyword, "A number above 0 is expected.") }
            guard divisor.isDivisor else {
                throw self.unsupported(index, keyword, "A divisor of more than 18 digits is not supported.")
            }
            rules.multipleOf = divisor
        default: return false
        }
        rules.texts[keyword] = String(value.text.prefix(32))
        node.number = rules
        return true
    }

    private func readString(
        _ keyword: String,
        _ value: JSONValue,
        into node: inout SchemaNode,
        at index: Int
    ) throws(ServiceError) -> Bool {
        var rules = node.string ?? SchemaNode.StringRules()
        switch keyword {
        case "minLength": rules.length.minimum = try self.count(value, keyword, index)
        case "maxLength": rules.length.maximum = try self.count(value, keyword, index)
        case "pattern":
            guard case .string(let text) = value else {
                throw self.wrong(index, keyword, "A string is expected, not \(value.kind).")
            }
            do throws(PatternError) {
                rules.pattern = try SchemaPattern(text)
            } catch {
                throw error.isUnsupported
                    ? self.unsupported(index, keyword, error.message) : self.wrong(index, keyword, error.message)
            }
        default: return false
        }
        node.string = rules
        return true
    }

    private mutating func readArray(
        _ keyword: String,
        _ value: JSONValue,
        into node: inout SchemaNode,
        at index: Int
    ) throws(ServiceError) -> Bool {
        var rules = node.array ?? SchemaNode.ArrayRules()
        switch keyword {
        case "minItems": rules.count.minimum = try self.count(value, keyword, index)
        case "maxItems": rules.count.maximum = try self.count(value, keyword, index)
        case "items": rules.items = try self.add(value, below: index, keyword)
        default: return false
        }
        node.array = rules
        return true
    }

    private mutating func readObject(
        _ keyword: String,
        _ value: JSONValue,
        into node: inout SchemaNode,
        at index: Int
    ) throws(ServiceError) -> Bool {
        var rules = node.object ?? SchemaNode.ObjectRules()
        switch keyword {
        case "properties":
            guard case .object(let properties) = value else {
                throw self.wrong(index, keyword, "An object of schemas is expected, not \(value.kind).")
            }
            for property in properties.members {
                rules.properties[property.key] = try self.add(property.value, below: index, keyword, property.key)
            }
        case "required":
            let names = try self.elements(value, keyword, index)
            rules.required = names.compactMap(\.string)
            guard rules.required.count == names.count else {
                throw self.wrong(index, keyword, "An array of strings is expected.")
            }
        case "additionalProperties": rules.additional = try self.add(value, below: index, keyword)
        case "minProperties": rules.count.minimum = try self.count(value, keyword, index)
        case "maxProperties": rules.count.maximum = try self.count(value, keyword, index)
        default: return false
        }
        node.object = rules
        return true
    }

    // MARK: Values

    private func kinds(_ value: JSONValue, _ index: Int) throws(ServiceError) -> SchemaNode.Kinds {
        let names = value.array ?? [value]
        var kinds: SchemaNode.Kinds = []
        for name in names {
            guard let kind = SchemaNode.Kinds.words.first(where: { $0.word == name.string })?.kind else {
                let words = SchemaNode.Kinds.words.map { "'\($0.word)'" }.joined(separator: ", ")
                throw self.wrong(index, "type", "One or several of \(words) are expected.")
            }
            kinds.insert(kind)
        }
        guard !kinds.isEmpty else { throw self.wrong(index, "type", "At least one type is expected.") }
        return kinds
    }

    private func elements(_ value: JSONValue, _ keyword: String, _ index: Int) throws(ServiceError) -> [JSONValue] {
        guard case .array(let elements) = value else {
            throw self.wrong(index, keyword, "An array is expected, not \(value.kind).")
        }
        return elements
    }

    private mutating func schemas(
        _ value: JSONValue,
        _ keyword: String,
        _ index: Int
    ) throws(ServiceError) -> [Int] {
        let elements = try self.elements(value, keyword, index)
        guard !elements.isEmpty else { throw self.wrong(index, keyword, "At least one schema is expected.") }
        var schemas: [Int] = []
        for (position, element) in elements.enumerated() {
            schemas.append(try self.add(element, below: index, keyword, String(position)))
        }
        return schemas
    }

    private func number(_ value: JSONValue, _ keyword: String, _ index: Int) throws(ServiceError) -> DecimalNumber {
        guard case .number(let number) = value else {
            throw self.wrong(index, keyword, "A number is expected, not \(value.kind).")
        }
        return DecimalNumber(number)
    }

    private func count(_ value: JSONValue, _ keyword: String, _ index: Int) throws(ServiceError) -> Int {
        guard case .number(let number) = value, let count = number.integer, count >= 0 else {
            throw self.wrong(index, keyword, "A whole number of at least 0 is expected.")
        }
        return count
    }
}
