/// The errors of the routes under `/v1` that speak OpenAI's dialect.
enum OpenAIErrors {
    static func failure(_ error: EngineError) -> (headers: [HeaderField], body: String) {
        let body: JSONValue = [
            "error": [
                "message": .string(error.message), "type": .string(type(error.status)), "param": .null, "code": .null,
            ]
        ]
        // Before the native handler Ollama's framework writes the error, behind it an encoder that ends the line.
        return error.isEarly ? ([.json], body.encoded()) : ([.bareJSON], body.encoded() + "\n")
    }

    private static func type(_ status: Int) -> String {
        switch status {
        case 400: "invalid_request_error"
        case 404: "not_found_error"
        default: "api_error"
        }
    }
}

extension Exchange {
    /// Answers with JSON as the routes under `/v1` do.
    func bareJSON(_ value: JSONValue, endsLine: Bool = true) async throws {
        let text = value.encoded() + (endsLine ? "\n" : "")
        try await send(200, [.bareJSON], body: Array(text.utf8))
    }
}
