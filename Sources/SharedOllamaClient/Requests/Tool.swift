/// A function that a model may call.
public struct Tool: Sendable, Hashable {
    /// What it is called.
    public var name: String
    /// What it does, for the model.
    public var description: String?
    /// The JSON schema of its arguments, an object.
    public var parameters: JSONValue

    /// A function.
    public init(
        name: String,
        description: String? = nil,
        parameters: JSONValue = ["type": "object", "properties": [:]]
    ) {
        self.name = name
        self.description = description
        self.parameters = parameters
    }
}

/// A model's wish to have a function called.
public struct ToolCall: Sendable, Hashable {
    /// Its name among the calls of a conversation; empty where the engine gives none.
    public var id: String
    /// The function.
    public var name: String
    /// What it is called with: an object, or a text where the model wrote something that is no JSON.
    public var arguments: JSONValue

    /// A call.
    public init(id: String = "", name: String, arguments: JSONValue) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

/// Whether a model may call tools.
public enum ToolChoice: Sendable, Hashable {
    /// As it likes.
    case auto
    /// Not at all.
    case none
    /// It must call one. Not by an Ollama that is called directly: it would ignore this.
    case required
    /// It must call this one. Not by an Ollama that is called directly: it would ignore this.
    case named(String)
}
