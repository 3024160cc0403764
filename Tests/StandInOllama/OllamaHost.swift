/// The address in `OLLAMA_HOST`, by Ollama's rules.
struct OllamaHost: Equatable {
    var host = "127.0.0.1"
    var port = 11_434

    init(_ text: String) {
        var rest = Substring(text)
        if let scheme = rest.firstRange(of: "://") {
            port = rest[..<scheme.lowerBound] == "https" ? 443 : 80
            rest = rest[scheme.upperBound...]
        }
        rest = rest.prefix { $0 != "/" }
        let (name, number) = Self.split(rest)
        if let number {
            // A port that is none means the usual one.
            if let given = Int(number), (0...65_535).contains(given) { port = given }
            // A port alone means all addresses.
            host = name.isEmpty ? "0.0.0.0" : name
        } else if !name.isEmpty {
            host = name
        }
    }

    private static func split(_ text: Substring) -> (name: String, port: Substring?) {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            let after = text[text.index(after: end)...]
            let name = String(text[text.index(after: text.startIndex)..<end])
            return (name, after.hasPrefix(":") ? after.dropFirst() : nil)
        }
        // An IPv6 address without brackets has no port.
        guard text.count(where: { $0 == ":" }) == 1, let colon = text.firstIndex(of: ":") else {
            return (String(text), nil)
        }
        return (String(text[..<colon]), text[text.index(after: colon)...])
    }
}
