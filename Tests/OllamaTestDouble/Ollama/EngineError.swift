/// An answer that is an error.
///
/// Each dialect writes it in its own form.
struct EngineError: Error, Equatable {
    var status: Int
    var message: String
    /// Found while the body was read, before the native handler: the OpenAI and Anthropic routes then answer with
    /// another content type and without a newline at the end.
    var isEarly = false

    init(_ status: Int, _ message: String, isEarly: Bool = false) {
        self.status = status
        self.message = message
        self.isEarly = isEarly
    }

    /// The runner's process died while it worked.
    static let runnerDied = EngineError(500, "an error was encountered while running the model: unexpected EOF")
    /// The line of loads is full.
    ///
    /// The two spaces are Ollama's.
    static let busy = EngineError(503, "server busy, please try again.  maximum pending requests exceeded")

    /// An error of the runner: its JSON is passed on as text.
    static func runner(
        _ status: Int,
        _ message: String,
        extra: JSONValue = [:],
        type: String = "invalid_request_error"
    )
        -> EngineError
    {
        var error: JSONValue = ["code": .integer(status), "message": .string(message), "type": .string(type)]
        for member in extra.members ?? [] { error = error.adding(member.key, member.value) }
        let text = (["error": error] as JSONValue).encoded(.plain)
        return EngineError(status, text)
    }
}
