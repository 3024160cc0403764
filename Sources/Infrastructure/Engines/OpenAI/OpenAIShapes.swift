import Domain

/// Shapes that Ollama has taken over from OpenAI's API.
enum OpenAIShapes {
    /// Writes the definition of a tool.
    static func write(_ tool: Tool, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("type", "function")
            writer.key("function")
            writer.object { writer in
                writer.field("name", tool.name)
                writer.field("description", tool.description)
                writer.field("parameters", tool.parameters.map(JSONValue.object))
            }
        }
    }
}
