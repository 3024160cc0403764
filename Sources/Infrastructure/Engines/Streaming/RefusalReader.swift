import Application
import Domain

extension EngineRefusal {
    /// Reads the body of an answer with another status than 200.
    ///
    /// Ollama: `{"error":"text"}`, where the text may itself be the JSON of llama.cpp's server; OpenAI-compatible
    /// servers: `{"error":{"message","type",…}}`. Anything else has no words that are worth passing on.
    init(status: Int, body: [UInt8]) {
        self.init(status: status, message: "no reason given", overflow: nil)
        guard let error = (try? JSONParser.parse(body))?.object?["error"] else { return }
        self.read(error, depth: 0)
    }

    /// Reads what an Ollama refused; of texts that are too long to become vectors it does not say how long they are.
    init(status: Int, body: [UInt8], to request: EngineRequest) {
        self.init(status: status, body: body)
        guard case .embed = request.work, status == 400, self.message.contains("exceeds the context length") else {
            return
        }
        let context = request.loadedContext ?? 0
        let estimate = LimitKeeper.Estimate.tokens(ofBytes: request.work.promptBytes)
        self.overflow = Overflow(prompt: max(context + 1, estimate), context: context)
    }

    private mutating func read(_ error: JSONValue, depth: Int) {
        switch error {
        case .string(let text):
            if depth == 0, let inner = (try? JSONParser.parse(Array(text.utf8)))?.object?["error"] {
                self.read(inner, depth: 1)
            } else if !text.isEmpty {
                self.message = text
            }
        case .object(let object):
            if let message = object["message"]?.string { self.message = message }
            guard object["type"] == .string("exceed_context_size_error"),
                case .number(let prompt)? = object["n_prompt_tokens"], case .number(let context)? = object["n_ctx"]
            else { return }
            self.overflow = Overflow(prompt: prompt.integer ?? 0, context: context.integer ?? 0)
        default: break
        }
    }
}
