public import Domain
import Synchronization

/// What an engine has answered to one question, up to a number of bytes: for a trace whose operator wants to see it.
public final class AnswerExcerpt: Sendable {
    private struct State {
        var text = ""
        var thinking = ""
        var toolCalls: [ToolCall] = []
        var bytes = 0
        var isCut = false
    }

    private let limit: Int
    private let state = Mutex(State())

    /// Starts with nothing; it takes no more than so many bytes.
    public init(limit: Int) {
        self.limit = limit
    }

    /// Takes a piece of the answer.
    public func add(_ event: GenerationEvent) {
        switch event {
        case .text(let text): self.add(text: text.decoded)
        case .thinking(let text): self.add(thinking: text.decoded)
        case .toolCalls(let calls): self.add(calls)
        case .logprobs, .embedding, .finished: break
        }
    }

    /// Takes a piece of a line that passes through, in Ollama's words.
    ///
    /// Source: Ollama's API, the answers of `/api/chat` and `/api/generate`.
    public func add(ollama line: JSONObject) {
        let message = line["message"]?.object
        if let text = message?["content"]?.string ?? line["response"]?.string { self.add(text: text) }
        if let text = message?["thinking"]?.string ?? line["thinking"]?.string { self.add(thinking: text) }
        let calls = message?["tool_calls"]?.array ?? []
        self.add(calls.compactMap { ToolCall(ollama: $0) })
    }

    /// The answer as the conventions have it; nil where there was none.
    var message: (message: ExcerptMessage, isCut: Bool)? {
        self.state.withLock { state in
            var parts: [ExcerptMessage.Part] = []
            if !state.thinking.isEmpty { parts.append(.reasoning(state.thinking)) }
            if !state.text.isEmpty { parts.append(.text(state.text)) }
            parts += state.toolCalls.map { .toolCall($0) }
            guard !parts.isEmpty else { return nil }
            return (ExcerptMessage(role: "assistant", parts: parts), state.isCut)
        }
    }

    private func add(text: String) {
        self.state.withLock { $0.text += self.fitting(text, &$0) }
    }

    private func add(thinking text: String) {
        self.state.withLock { $0.thinking += self.fitting(text, &$0) }
    }

    private func add(_ calls: [ToolCall]) {
        self.state.withLock { state in
            for call in calls {
                let size = call.id.utf8.count + call.name.utf8.count + call.arguments.utf8.count
                guard state.bytes + size <= self.limit else {
                    state.isCut = true
                    return
                }
                state.bytes += size
                state.toolCalls.append(call)
            }
        }
    }

    private func fitting(_ text: String, _ state: inout State) -> Substring {
        let (piece, isCut) = text.cut(to: self.limit - state.bytes)
        state.bytes += piece.utf8.count
        state.isCut = state.isCut || isCut
        return piece
    }
}

extension ToolCall {
    /// A call in Ollama's words; nil if it is none.
    init?(ollama call: JSONValue) {
        guard let function = call.object?["function"]?.object, let name = function["name"]?.string else { return nil }
        self.init(
            id: call.object?["id"]?.string ?? "",
            name: name,
            arguments: function["arguments"].map { $0.string ?? $0.text } ?? "{}"
        )
    }
}

extension String {
    /// Its beginning of at most so many bytes, and whether that is not all.
    func cut(to bytes: Int) -> (text: Substring, isCut: Bool) {
        guard self.utf8.count > bytes else { return (self[...], false) }
        var end = self.utf8.index(self.startIndex, offsetBy: max(0, bytes))
        while end > self.startIndex, end.samePosition(in: self) == nil { end = self.utf8.index(before: end) }
        return (self[..<end], true)
    }
}
