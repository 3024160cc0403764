@testable import OllamaTestDouble

/// What of an answer can be compared when its text differs: keys and their order, kinds of values, frames.
enum Shape {
    /// The keys and kinds of a value.
    ///
    /// The elements of a list count once for each shape.
    static func of(_ value: JSONValue) -> String {
        switch value {
        case .object(let members): "{" + members.map { "\($0.key): \(of($0.value))" }.joined(separator: ", ") + "}"
        case .array(let elements): "[" + Set(elements.map { of($0) }).sorted().joined(separator: " | ") + "]"
        default: value.goKind
        }
    }

    /// The frames of a body, those of the same shape one after the other taken as one.
    static func frames(of body: String, contentType: String) -> [String] {
        if contentType.hasPrefix("application/x-ndjson") {
            return collapsed(body.split(separator: "\n").map { frame(String($0)) })
        }
        if contentType.hasPrefix("text/event-stream") {
            return collapsed(body.split(separator: "\n\n").map { event(String($0)) })
        }
        if contentType.hasPrefix("application/json") {
            let end = body.hasSuffix("\n") ? "newline" : "no newline"
            return [frame(body), end]
        }
        if contentType.hasPrefix("text/plain; version") {
            // Metrics: their names and comments, without the values.
            return body.split(separator: "\n").map { line in
                line.hasPrefix("#") ? String(line) : String(line.prefix { $0 != " " })
            }
        }
        return [body]
    }

    private static func event(_ text: String) -> String {
        text.split(separator: "\n").map { line in
            line.hasPrefix("data: ") ? "data: " + frame(String(line.dropFirst(6))) : String(line)
        }.joined(separator: " / ")
    }

    /// The shape of one object; an error is compared to the letter, without the id that differs each time.
    private static func frame(_ text: String) -> String {
        guard let value = try? JSONParser.parse(Array(text.utf8)) else { return text }
        guard value["error"] != nil, value["object"] == nil else { return of(value) }
        let members = (value.members ?? []).filter { $0.key != "request_id" }
        return JSONValue.object(members).encoded()
    }

    private static func collapsed(_ frames: [String]) -> [String] {
        frames.reduce(into: []) { result, frame in
            if result.last != frame { result.append(frame) }
        }
    }
}
