/// The template of the recorded model, and how its prompts are cut into tokens.
enum LlamaTemplate {
    private static let standardSystem = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
    /// The tokens of what stands around the words of a conversation, as the real server counted them.
    private static let pieces: [(text: String, tokens: Int)] = [
        (standardSystem, 16), ("<|im_start|>", 1), ("<|im_end|>", 1), ("assistant\n", 3),
    ]

    /// What `/apply-template` answers; nil without messages.
    static func prompt(_ body: JSONValue) -> String? {
        guard var messages = body["messages"]?.elements else { return nil }
        if messages.first?["role"]?.text != "system" {
            messages.insert(["role": "system", "content": .string(standardSystem)], at: 0)
        }
        let turns = messages.map { message in
            let content = LlamaRequests.text(of: message["content"])
            return "<|im_start|>\(message["role"]?.text ?? "")\n\(content)<|im_end|>\n"
        }
        return turns.joined() + "<|im_start|>assistant\n"
    }

    /// How many tokens `/tokenize` finds in a text.
    static func tokens(in text: String) -> Int {
        var rest = [text]
        var count = 0
        for piece in pieces {
            rest = rest.flatMap { part in
                let parts = part.components(separatedBy: piece.text)
                count += (parts.count - 1) * piece.tokens
                return parts
            }
        }
        return rest.reduce(count) { $0 + Tokenizer.count($1) }
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        self.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
