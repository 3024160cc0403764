import Domain

/// Reads `tools` and `tool_choice` of a Messages request.
struct ToolsReader {
    let ignored: IgnoredFields

    /// Reads the definition of a tool that the caller runs itself.
    ///
    /// Tools of Anthropic's own, which its servers run or for which its models are trained, are not known here.
    func tool(_ reader: FieldReader) -> Tool? {
        if let type = reader.string("type"), type != "custom" {
            reader.unsupportedValue(
                "type",
                "Tools of type '\(type.prefix(64))' are Anthropic's own; give a 'name', a 'description' and an 'input_schema'."
            )
            return nil
        }
        let name = reader.requiredString("name")
        let description = reader.string("description")
        let schema = reader.required("input_schema", reader.value("input_schema"))
        self.ignored.note("cache_control", in: reader)
        for key in ["strict", "input_examples", "defer_loading", "eager_input_streaming", "allowed_callers"] {
            self.ignored.note(key, in: reader, as: "tools.\(key)")
        }
        if let schema, schema.object == nil {
            reader.fault("input_schema", "A JSON schema is expected, not \(schema.kind).")
        }
        guard let name, let parameters = schema?.object else { return nil }
        do {
            return try Tool(name: name, description: description, parameters: parameters)
        } catch {
            self.note(error, in: reader)
            return nil
        }
    }

    /// The domain names the fields as OpenAI does.
    private func note(_ error: any Error, in reader: FieldReader) {
        guard let error = error as? ServiceError, !error.faults.isEmpty else {
            return reader.faults.add(reader.pointer, error)
        }
        for fault in error.faults {
            let place = fault.pointer.replacing("/function/parameters", with: "/input_schema").replacing(
                "/function",
                with: ""
            )
            reader.faults.add(reader.pointer, ServiceError(error.code, field: place, fault.detail))
        }
    }

    /// What a caller may say of the use of tools.
    private enum Choice: String, CaseIterable {
        case auto, any, tool, none
    }

    /// Reads whether the model may, must or must not call tools.
    func choice(_ reader: FieldReader) -> ToolChoice? {
        // How many tools a model calls at once is its own affair.
        if reader.bool("disable_parallel_tool_use") == true {
            self.ignored.note("disable_parallel_tool_use", in: reader, as: "tool_choice.disable_parallel_tool_use")
        }
        switch reader.required("type", reader.choice("type", as: Choice.self)) {
        case .auto: return .auto
        case .any: return .required
        case .none?: return ToolChoice.none
        case .tool: return reader.requiredString("name").map { .named($0) }
        case nil: return nil
        }
    }
}
