import Domain
import HTTPTypes

/// The answers that tell errors, one for each dialect and status.
enum APIFailures {
    private static let dialects: [(shape: ErrorShape, name: String, schema: String, type: String)] = [
        (.problem, "Problem", "Problem", "application/problem+json"),
        (.ollama, "Ollama", "OllamaError", "application/json"),
        (.openAI, "OpenAI", "OpenAIError", "application/json"),
        (.anthropic, "Anthropic", "AnthropicError", "application/json"),
    ]
    private static let statuses = [
        400, 401, 403, 404, 405, 408, 409, 413, 422, 429, 431, 500, 501, 502, 503, 504, 507,
    ]

    /// The name of the answer under which a document has it.
    static func name(_ shape: ErrorShape, _ status: Int) -> String {
        // Such a request is refused by the connection, which knows no routes.
        let shape = status == 431 ? .problem : shape
        let name = APIFailures.dialects.first { $0.shape == shape }?.name ?? ""
        return "\(name)\(status)"
    }

    /// Writes those answers that are used.
    static func write(_ used: Set<String>, to writer: inout JSONWriter) {
        for dialect in APIFailures.dialects {
            for status in APIFailures.statuses where used.contains(APIFailures.name(dialect.shape, status)) {
                guard status != 431 || dialect.shape == .problem else { continue }
                writer.key(APIFailures.name(dialect.shape, status))
                writer.object { writer in
                    writer.field("description", APIFailures.text(dialect.shape, status))
                    writer.key("headers")
                    writer.object { APIHeaders.write(ofFailure: status, to: &$0) }
                    writer.key("content")
                    writer.object { writer in
                        writer.key(dialect.type)
                        writer.object { writer in
                            writer.key("schema")
                            writer.object { $0.field("$ref", "#/components/schemas/\(dialect.schema)") }
                        }
                    }
                }
            }
        }
    }

    private static func text(_ shape: ErrorShape, _ status: Int) -> String {
        var codes = StatusTable.codes(of: HTTPResponse.Status(code: status))
        if status == 422, shape == .problem { codes += ["invalid_request", "invalid_model", "invalid_prompt"] }
        if status == 503 { codes.append("deadline_exceeded") }
        let text = codes.map { "`\($0)`" }.joined(separator: ", ")
        return shape == .ollama ? "\(text); or what the engine itself answered." : text
    }
}
