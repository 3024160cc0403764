/// A named server-sent event of the Messages API.
struct MessageEvent: Sendable {
    let name: String
    let data: JSON
}

extension Answer {
    /// The named events that are complete; comments are none.
    var events: [MessageEvent] {
        self.text.components(separatedBy: "\n\n").compactMap { block in
            let lines = block.split(separator: "\n")
            guard let name = lines.first(where: { $0.hasPrefix("event: ") })?.dropFirst(7),
                let data = lines.first(where: { $0.hasPrefix("data: ") })?.dropFirst(6)
            else { return nil }
            return MessageEvent(name: String(name), data: (try? JSON(parsing: String(data))) ?? .null)
        }
    }

    /// The pieces of a kind, such as `text`, of all blocks together.
    func pieces(_ kind: String) -> String {
        self.events.compactMap { $0.data["delta"]?[kind]?.string }.joined()
    }
}

extension Stage {
    /// A short request of the Messages API.
    static func message(_ model: String = "smollm2", stream: Bool = false, _ extra: [String: JSON] = [:]) -> JSON {
        let fields: [String: JSON] = [
            "model": .string(model), "max_tokens": 100, "messages": [["role": "user", "content": "hi"]],
            "stream": .bool(stream),
        ]
        return .object(fields.merging(extra) { $1 })
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [Substring] {
        self.split(separator: separator, omittingEmptySubsequences: true)
    }
}
