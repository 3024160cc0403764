import NIOHTTP1

/// Requests of OpenAI's routes, and what is in their answers.
enum OpenAI {
    /// A picture of one pixel.
    static let png =
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

    static let tool: JSON = [
        "type": "function",
        "function": [
            "name": "get_weather", "description": "Get weather",
            "parameters": [
                "type": "object", "properties": ["city": ["type": "string"]], "required": ["city"],
            ],
        ],
    ]

    static let flatTool: JSON = [
        "type": "function", "name": "get_weather",
        "parameters": ["type": "object", "properties": ["city": ["type": "string"]], "required": ["city"]],
    ]

    static func chat(_ model: String = "smollm2", stream: Bool = false, _ extra: [String: JSON] = [:]) -> JSON {
        Stage.chat(model, stream: stream, extra)
    }

    static func responses(_ model: String = "smollm2", stream: Bool = false, _ extra: [String: JSON] = [:]) -> JSON {
        let fields: [String: JSON] = ["model": .string(model), "input": "hi", "stream": .bool(stream)]
        return .object(fields.merging(extra) { $1 })
    }

    /// A form with a recording in it.
    static func form(_ fields: [String: String], boundary: String = "b-1", file: [UInt8] = [0, 13, 10, 255]) -> [UInt8]
    {
        var bytes: [UInt8] = []
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            let head = "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
            bytes += Array(head.utf8)
        }
        let head =
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
            + "Content-Type: audio/wav\r\n\r\n"
        return bytes + Array(head.utf8) + file + Array("\r\n--\(boundary)--\r\n".utf8)
    }
}

extension Answer {
    /// The content type of JSON in OpenAI's dialect.
    var isOpenAIError: Bool {
        let error = self.json?["error"]
        return self.json?.keys == ["error"] && error?.keys == ["message", "type", "param", "code"]
            && error?["message"]?.string?.isEmpty == false && self.header("X-Request-ID") != nil
    }

    /// The pieces of a streamed answer's only choice.
    var choices: [JSON] { self.frames.compactMap { $0.json["choices"]?[0] } }

    /// The text of a streamed answer's only choice.
    var deltas: String { self.choices.compactMap { $0["delta"]?["content"]?.string }.joined() }

    /// Whether a stream says that it has ended well.
    var hasDone: Bool { self.text.contains("data: [DONE]") }
}
