import OllamaTestDouble
import Testing

/// A route that takes pictures, and how its callers say them.
enum VisionRoute: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case vlm = "/api/v1/vlm"
    case vlmOpenAI = "/api/v1/vlm/openai"
    case nativeChat = "/api/v1/chat"
    case nativeCompletions = "/api/v1/chat/completions"
    case ollamaChat = "/api/chat"
    case ollamaGenerate = "/api/generate"
    case completions = "/v1/chat/completions"
    case responses = "/v1/responses"
    case messages = "/v1/messages"

    /// How a picture can be said.
    enum Form: String, CaseIterable, Sendable {
        case data
        case base64
        case url
    }

    var testDescription: String { self.rawValue }

    /// The forms that callers of this route know.
    var forms: [Form] {
        switch self {
        case .vlm, .nativeChat: Form.allCases
        case .vlmOpenAI, .nativeCompletions, .completions, .responses: [.data, .url]
        case .ollamaChat, .ollamaGenerate: [.base64]
        case .messages: [.base64, .url]
        }
    }

    /// A picture as this route says it in a form.
    func picture(_ base64: String, _ form: Form, url: String = "") -> JSON {
        let text = form == .url ? url : form == .data ? "data:image/png;base64,\(base64)" : base64
        switch self {
        case .vlm, .nativeChat, .ollamaChat, .ollamaGenerate: return .string(text)
        case .vlmOpenAI, .nativeCompletions, .completions:
            return ["type": "image_url", "image_url": ["url": .string(text)]]
        case .responses: return ["type": "input_image", "image_url": .string(text)]
        case .messages:
            let source: JSON =
                form == .url
                ? ["type": "url", "url": .string(url)]
                : ["type": "base64", "media_type": "image/png", "data": .string(base64)]
            return ["type": "image", "source": source]
        }
    }

    /// A request with pictures.
    func body(_ pictures: [JSON], model: String, extra: [String: JSON] = [:]) -> JSON {
        var fields: [String: JSON] = ["model": .string(model), "stream": false]
        let images = JSON.array(pictures)
        switch self {
        case .vlm:
            fields["messages"] = [["role": "user", "content": "what?"]]
            fields["images"] = images
        case .ollamaGenerate:
            fields["prompt"] = "what?"
            fields["images"] = images
        case .nativeChat, .ollamaChat:
            fields["messages"] = [["role": "user", "content": "what?", "images": images]]
        case .vlmOpenAI, .nativeCompletions, .completions:
            fields["messages"] = [["role": "user", "content": .array([["type": "text", "text": "what?"]] + pictures)]]
        case .responses:
            let content = JSON.array([["type": "input_text", "text": "what?"]] + pictures)
            fields["input"] = [["role": "user", "content": content]]
        case .messages:
            fields["messages"] = [["role": "user", "content": .array([["type": "text", "text": "what?"]] + pictures)]]
            fields["max_tokens"] = 100
        }
        return .object(fields.merging(extra) { $1 })
    }

    /// The field of the first picture, as a JSON pointer.
    func pointer(_ form: Form) -> String {
        switch self {
        case .vlm, .ollamaGenerate: "/images/0"
        case .nativeChat, .ollamaChat: "/messages/0/images/0"
        case .vlmOpenAI, .nativeCompletions, .completions: "/messages/0/content/1/image_url/url"
        case .responses: "/input/0/content/1/image_url"
        case .messages: "/messages/0/content/1/source/\(form == .url ? "url" : "data")"
        }
    }

    /// The words of an error in the shape of this route.
    func message(_ answer: Answer) -> String? {
        switch self {
        case .vlm, .nativeChat: answer.json?["detail"]?.string
        case .ollamaChat, .ollamaGenerate: answer.json?["error"]?.string
        default: answer.json?["error"]?["message"]?.string
        }
    }
}

extension EngineDouble {
    /// The pictures of the last request that a model was to answer, in Base64.
    var lastPictures: [String] {
        let body = self.lastInference
        let own =
            (body["images"]?.elements ?? [])
            + (body["messages"]?.elements ?? []).flatMap { message in
                (message["images"]?.elements ?? [])
                    + (message["content"]?.elements ?? []).compactMap { $0["image_url"]?["url"] }
            }
        return own.compactMap { $0.string.map { String($0.split(separator: ",").last ?? "") } }
    }
}

extension Stage {
    /// Runs a test with a model that sees, on either engine.
    static func seeing(
        _ flavour: EngineFlavour,
        settings: [String: String] = [:],
        _ test: (ServiceUnderTest, EngineDouble, _ model: String) async throws -> Void
    ) async throws {
        switch flavour {
        case .ollama:
            try await self.ollama(settings: settings) { try await test($0, .ollama($1), "smollm2-vision") }
        case .llama:
            let configure: (inout LlamaServerDouble.Configuration) -> Void = {
                $0.vision = true
                $0.slots = 4
            }
            try await self.llama(configure, settings: settings) { try await test($0, .llama($1), "smollm2") }
        }
    }
}
