import Domain

/// Tools as OpenAI's API describes them, which Ollama's and the native one share.
///
/// Source: OpenAI's API reference.
extension FieldReader {
    /// Reads this object as a tool: `{"type":"function","function":{…}}`.
    func tool() -> Tool? {
        if let type = self.string("type"), type != "function" {
            self.unsupported("type", "Only tools of type 'function' can be had.")
            return nil
        }
        return self.required("function", self.object("function") { $0.functionTool() })
    }

    /// Reads this object as what a function is: `name`, `description`, `parameters`.
    func functionTool() -> Tool? {
        let name = self.requiredString("name")
        let description = self.string("description")
        let parameters = self.value("parameters")
        _ = self.bool("strict")
        if let parameters, parameters.object == nil {
            self.fault("parameters", "A JSON schema is expected, not \(parameters.kind).")
            return nil
        }
        guard let name else { return nil }
        do {
            return try Tool(name: name, description: description, parameters: parameters?.object)
        } catch {
            // The domain knows a tool as a whole, with its function inside.
            let error = error as? ServiceError
            for fault in error?.faults ?? [] {
                let pointer = fault.pointer.replacing("/function", with: "", maxReplacements: 1)
                self.faults.add(self.pointer + pointer, fault.detail)
            }
            return nil
        }
    }

    /// Reads `tool_choice`.
    func toolChoice() -> ToolChoice? {
        switch self.value("tool_choice") {
        case nil: return nil
        case .string("auto")?: return .auto
        case .string("none")?: return ToolChoice.none
        case .string("required")?: return .required
        case .object(let object)? where object["type"] == .string("function") || object["type"] == nil:
            // Chat completions nest the name, responses do not.
            if let name = (object["function"]?.object?["name"] ?? object["name"])?.string { return .named(name) }
            self.fault("tool_choice", "An object must be {\"type\":\"function\",\"function\":{\"name\":…}}.")
            return nil
        case .object?:
            self.unsupported("tool_choice", "Only a choice of type 'function' can be had.")
            return nil
        case _?:
            self.fault("tool_choice", "'auto', 'none', 'required' or an object that names a function is expected.")
            return nil
        }
    }

    /// Reads the arguments of a call: an object, or a string that holds one.
    func toolArguments() -> String? {
        switch self.value("arguments") {
        case nil, .string("")?: return "{}"
        case .object(let object)?: return JSONValue.object(object).text
        case .string(let text)?:
            if case .object? = try? JSONParser.parse(Array(text.utf8)) { return text }
            self.fault("arguments", "The string does not hold a JSON object.")
            return nil
        case let value?:
            self.fault("arguments", "An object, or a string that holds one, is expected, not \(value.kind).")
            return nil
        }
    }
}
