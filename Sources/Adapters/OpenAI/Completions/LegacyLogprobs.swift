import Domain

/// Probabilities as `/v1/completions` tells them: `tokens`, `token_logprobs`, `top_logprobs` and `text_offset`, side by side.
///
/// Source: OpenAI's API reference, "Legacy: the completion object". Engines tell them as chats do, one object a token.
struct LegacyLogprobs: Sendable {
    /// Where the next token begins in the text, in characters (Unicode scalars, as OpenAI's Python clients count).
    var offset: Int

    /// Starts where the first token begins.
    init(offset: Int = 0) {
        self.offset = offset
    }

    /// Writes the object for some tokens; those that follow begin behind them.
    ///
    /// - Parameters:
    ///   - elements: the elements of an array of `{token, logprob, top_logprobs}`.
    ///   - writer: where to.
    mutating func write(_ elements: some Sequence<UInt8>, to writer: inout JSONWriter) {
        let array = [UInt8(ascii: "[")] + elements + [UInt8(ascii: "]")]
        let entries = ((try? JSONParser.parse(array))?.array ?? []).compactMap(\.object)
        let tokens = entries.map { $0["token"]?.string ?? "" }
        var offsets: [Int] = []
        for token in tokens {
            offsets.append(self.offset)
            self.offset += token.unicodeScalars.count
        }
        writer.object { writer in
            writer.key("tokens")
            writer.array(tokens) { $0.string($1) }
            writer.key("token_logprobs")
            writer.array(entries) { $0.value($1["logprob"] ?? .null) }
            writer.key("top_logprobs")
            writer.array(entries) { LegacyLogprobs.writeAlternatives(of: $1, to: &$0) }
            writer.key("text_offset")
            writer.array(offsets) { $0.number($1) }
        }
    }

    /// The most likely tokens in the place of one, each with its probability; null where none were asked for.
    private static func writeAlternatives(of entry: JSONObject, to writer: inout JSONWriter) {
        let others = (entry["top_logprobs"]?.array ?? []).compactMap(\.object)
        guard !others.isEmpty else { return writer.null() }
        var alternatives = JSONObject()
        for other in others { alternatives[other["token"]?.string ?? ""] = other["logprob"] ?? .null }
        writer.value(.object(alternatives))
    }
}
