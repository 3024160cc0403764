/// A function that a model may ask to have called.
public struct Tool: Sendable, Hashable {
    /// The function's name: 1 to 64 of `[A-Za-z0-9_.-]`.
    public let name: String
    /// What the function does, for the model.
    public let description: String?
    /// A JSON schema of the arguments; fields in the caller's order.
    public let parameters: JSONObject?

    /// Checks a tool.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` if the name or the schema's type is not what engines accept.
    public init(name: String, description: String?, parameters: JSONObject?) throws {
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(Tool.allows) else {
            throw ServiceError(
                .invalidRequest,
                field: "/function/name",
                "A tool's name must be 1 to 64 characters of letters, digits, '_', '-' and '.'."
            )
        }
        if let type = parameters?["type"], type != .string("object") {
            throw ServiceError(
                .invalidRequest,
                field: "/function/parameters/type",
                "The type of a tool's parameters must be 'object'."
            )
        }
        self.name = name
        self.description = description
        self.parameters = parameters
    }

    private static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

/// Whether a model may, must or must not call tools.
public enum ToolChoice: Sendable, Hashable {
    /// The model decides.
    case auto
    /// No tool.
    case none
    /// Some tool.
    case required
    /// This tool.
    case named(String)
}

/// A model's wish to have a tool called.
public struct ToolCall: Sendable, Hashable {
    /// The call's id, to which the result refers.
    public let id: String
    /// The tool's name.
    public let name: String
    /// The arguments as JSON text: an object.
    public let arguments: String

    /// Creates a call of arguments that are JSON text already.
    public init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}
