import Application
import Domain

/// The parts of `POST /v1/completions`.
///
/// Source: OpenAI's API reference.
struct OpenAICompletionShape: OpenAIShape {
    let identity: OpenAIIdentity
    /// The prompt, where the caller wants it back before the answer.
    let echo: String?
    let objects = (whole: "text_completion", piece: "text_completion")

    func write(_ result: GenerationResult, to writer: inout JSONWriter) {
        if let echo = self.echo {
            writer.field("text", echo + result.text.decoded)
        } else {
            writer.field("text", result.text)
        }
    }

    func write(logprobs: [UInt8]?, to writer: inout JSONWriter) {
        writer.key("logprobs")
        guard let logprobs else { return writer.null() }
        var legacy = LegacyLogprobs(offset: self.textOffset)
        legacy.write(logprobs, to: &writer)
    }

    /// Where the answer begins in the text that the caller gets.
    private var textOffset: Int { self.echo?.unicodeScalars.count ?? 0 }

    func pieces(model: String) -> OpenAIPieces {
        let after = "\"logprobs\":null,\"finish_reason\":null"
        return OpenAIPieces(
            opening: self.echo.map { ",\"text\":\(JSONValue.string($0).text),\(after)" },
            text: (",\"text\":\"", "\",\(after)"),
            logprobs: (",\"text\":\"\",\"logprobs\":", ",\"finish_reason\":null"),
            legacyLogprobs: LegacyLogprobs(offset: self.textOffset),
            ending: ",\"text\":\"\",\"logprobs\":null,"
        )
    }
}
