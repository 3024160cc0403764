/// One way in which a double misbehaves.
///
/// Faults are orthogonal: several can hold for the same request.
public enum Fault: Sendable, Equatable {
    /// When a response stops without closing.
    public enum Moment: Sendable, Equatable {
        /// Nothing at all is answered.
        case beforeHead
        /// Status line and header fields are sent, no byte of the body.
        case afterHead
        /// The stream stops after so many tokens; an answer in one piece stops in its middle.
        case midStream(afterTokens: Int)
    }

    /// Bytes that no engine should send.
    public enum Nonsense: Sendable, Equatable {
        /// A frame that is not JSON.
        case notJSON
        /// A frame whose text is not UTF-8.
        case invalidUTF8
        /// A frame of JSON that stops in its middle; the stream ends with it, properly.
        case truncatedJSON
        /// One frame of so many bytes.
        case longLine(bytes: Int)
        /// A page of HTML with status 200 and its content type, as a captive proxy sends it.
        case html
    }

    /// The head comes so much later.
    case delayHead(Duration)
    /// The response stops and the connection stays open.
    case hang(Moment)
    /// The connection is cut in the middle of the chunk that follows so many tokens.
    case cut(afterTokens: Int)
    /// The engine's runner dies after so many tokens, as `kill -9` of it does; the model is then not loaded any more.
    case killRunner(afterTokens: Int)
    /// A load of the model fails; a model that is loaded already still answers.
    case failLoad(status: Int, message: String)
    /// The line of loads is full, whatever its length.
    case queueFull
    /// This answer instead of the engine's.
    case answer(status: Int, contentType: String, body: String)
    /// Nonsense in the place of the frame that follows so many tokens, or of a body in one piece.
    case nonsense(Nonsense, afterTokens: Int)
    /// `Content-Length`, or the size of each chunk, claims so many bytes more (or, if negative, less) than are sent;
    /// the connection is closed after the response.
    case misstateLength(by: Int)
    /// The response goes out byte by byte with this pause after each.
    case dribble(every: Duration)
    /// The connection is closed after the response without having said so.
    case closeAfterResponse
    /// The connection stays open after the response and is closed as soon as the next request arrives on it.
    case closeOnNextRequest
    /// New connections are closed as soon as they are accepted.
    case refuseConnections
}

/// The requests that a fault applies to.
public enum FaultScope: Sendable, Equatable {
    /// Every request.
    case everything
    /// Requests that a model answers: generate, chat, embed and their relatives under `/v1`.
    case inference
    /// Requests without a prompt, which only load or unload a model.
    case loads
    /// Requests to this path.
    case path(String)
    /// Requests whose body names this model.
    case model(String)

    static let inferencePaths: Set<String> = [
        "/api/generate", "/api/chat", "/api/embed", "/api/embeddings", "/v1/chat/completions", "/v1/completions",
        "/v1/embeddings", "/v1/responses", "/v1/messages", "/completion",
    ]

    func covers(_ request: RecordedRequest) -> Bool {
        switch self {
        case .everything: true
        case .inference: Self.inferencePaths.contains(request.path) && !request.isLoad
        case .loads: request.isLoad
        case .path(let wanted): wanted == request.path
        case .model(let wanted): wanted == (try? JSONParser.parse(request.body))?["model"]?.text
        }
    }
}
