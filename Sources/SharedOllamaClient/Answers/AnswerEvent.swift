/// A piece of an answer on its way.
public enum AnswerEvent: Sendable, Hashable {
    /// The request waits in the service's line; at most one a second, and only before anything else.
    case queued(QueuePlace)
    /// More of the text.
    case text(String)
    /// More of what the model thinks.
    case thinking(String)
    /// Tools that the model calls.
    case toolCalls([ToolCall])
    /// The end: the whole answer, put together, with its figures. No stream ends well without it.
    case done(ModelAnswer)

    /// The text of this piece; empty for what is none.
    public var text: String {
        if case .text(let text) = self { text } else { "" }
    }
}

/// A place in the service's waiting line.
public struct QueuePlace: Sendable, Hashable {
    /// How many are before it for the same model, itself included.
    public var position: Int
    /// How long it will probably wait from now on; nil where there is no telling.
    public var estimatedWait: Duration?
}
