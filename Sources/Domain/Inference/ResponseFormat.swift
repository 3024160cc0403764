/// What an answer must look like.
public enum ResponseFormat: Sendable, Hashable {
    /// Free text.
    case text
    /// Any JSON object.
    case json
    /// JSON that follows a schema.
    case schema(JSONSchema)

    /// Reads Ollama's `format`: `"json"` or a schema.
    ///
    /// The empty string is free text.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` for anything else, `unsupported_field` for a schema that answers cannot
    ///   be checked against.
    public init(ollama value: JSONValue) throws {
        switch value {
        case .string(""): self = .text
        case .string("json"): self = .json
        case .object(let schema): self = .schema(try JSONSchema(schema))
        default:
            throw ServiceError(.invalidRequest, "The format must be 'json' or a JSON schema.")
        }
    }

    /// Reads OpenAI's `response_format`.
    ///
    /// - Throws: ``ServiceError`` `invalid_request` with the field at fault, `unsupported_field` for a schema that answers
    ///   cannot be checked against.
    public init(openAI value: JSONValue) throws {
        guard case .object(let object) = value else {
            throw ServiceError(.invalidRequest, "The response format must be an object with a 'type'.")
        }
        switch object["type"]?.string {
        case "text": self = .text
        case "json_object": self = .json
        case "json_schema":
            guard let schema = object["json_schema"]?.object?["schema"]?.object else {
                throw ServiceError(
                    .invalidRequest,
                    field: "/json_schema/schema",
                    "A response format of type 'json_schema' needs 'json_schema' with a 'schema' that is an object."
                )
            }
            do {
                self = .schema(try JSONSchema(schema))
            } catch {
                throw error.below("/json_schema/schema")
            }
        default:
            throw ServiceError(
                .invalidRequest,
                field: "/type",
                "The type must be 'text', 'json_object' or 'json_schema'."
            )
        }
    }
}
