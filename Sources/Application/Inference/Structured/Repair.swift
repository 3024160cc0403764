import Domain

/// The second and last attempt at an answer that was not what was asked for.
enum Repair {
    /// The most faults that a model is told of.
    private static let maximumFaults = 10
    /// The longest wrong answer that a model is shown again, in bytes.
    ///
    /// What is longer went wrong for its length, or would not fit.
    private static let maximumBytes = 262_144

    /// The same conversation with the wrong answer and what is wrong with it; nil where there is no sense in that.
    ///
    /// A prompt becomes a conversation of one message, as engines see it.
    static func work(for work: EngineWork, after text: JSONText, _ faults: [FieldFault]) -> EngineWork? {
        guard text.escaped.count <= Repair.maximumBytes, var request = Repair.conversation(work),
            let answer = try? ChatMessage(role: .assistant, content: text.decoded),
            let correction = try? ChatMessage(role: .user, content: Repair.words(faults))
        else { return nil }
        request.messages += [answer, correction]
        return .chat(request)
    }

    private static func conversation(_ work: EngineWork) -> ChatRequest? {
        switch work {
        case .chat(let request): return request
        case .embed: return nil
        case .generate(let request):
            let system = request.system.flatMap { try? ChatMessage(role: .system, content: $0.text) }
            let user = try? ChatMessage(role: .user, content: request.prompt.text)
            let messages = [system, user].compactMap { $0 }
            return try? ChatRequest(model: request.model, messages: messages, options: request.options)
        }
    }

    private static func words(_ faults: [FieldFault]) -> String {
        let list = faults.prefix(Repair.maximumFaults).map { fault in
            "- \(fault.pointer.isEmpty ? "the whole answer" : fault.pointer): \(fault.detail)".prefix(400)
        }
        return """
            Your answer is not valid JSON of the required form:
            \(list.joined(separator: "\n"))
            Answer again with the corrected JSON, complete, and nothing else.
            """
    }
}
