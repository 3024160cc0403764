import Domain

/// Reads tools and what is to be done with them.
///
/// Source: OpenAI's API reference.
enum OpenAIToolReader {
    /// Reads a tool: `{"type":"function","function":{…}}`.
    static func tool(_ reader: FieldReader) -> Tool? {
        if let type = reader.string("type"), type != "function" {
            reader.unsupported("type", "Only tools of type 'function' can be had.")
            return nil
        }
        return reader.required("function", reader.object("function") { OpenAIToolReader.function($0) })
    }

    /// Reads what a function is: `name`, `description`, `parameters`.
    static func function(_ reader: FieldReader) -> Tool? {
        let name = reader.requiredString("name")
        let description = reader.string("description")
        let parameters = reader.value("parameters")
        _ = reader.bool("strict")
        if let parameters, parameters.object == nil {
            reader.fault("parameters", "A JSON schema is expected, not \(parameters.kind).")
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
                reader.faults.add(reader.pointer + pointer, fault.detail)
            }
            return nil
        }
    }

    /// Reads `tool_choice`.
    static func choice(_ reader: FieldReader) -> ToolChoice? {
        switch reader.value("tool_choice") {
        case nil: return nil
        case .string("auto")?: return .auto
        case .string("none")?: return ToolChoice.none
        case .string("required")?: return .required
        case .object(let object)? where object["type"] == .string("function") || object["type"] == nil:
            // Chat completions nest the name, responses do not.
            if let name = (object["function"]?.object?["name"] ?? object["name"])?.string { return .named(name) }
            reader.fault("tool_choice", "An object must be {\"type\":\"function\",\"function\":{\"name\":…}}.")
            return nil
        case .object?:
            reader.unsupported("tool_choice", "Only a choice of type 'function' can be had.")
            return nil
        case _?:
            reader.fault("tool_choice", "'auto', 'none', 'required' or an object that names a function is expected.")
            return nil
        }
    }
}
