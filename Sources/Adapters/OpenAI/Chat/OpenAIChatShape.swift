import Application
import Domain

/// The parts of `POST /v1/chat/completions`.
///
/// Source: OpenAI's API reference; `reasoning` is Ollama's name for what a model thinks first.
struct OpenAIChatShape: OpenAIShape {
    let identity: OpenAIIdentity
    let objects = (whole: "chat.completion", piece: "chat.completion.chunk")

    func write(_ result: GenerationResult, to writer: inout JSONWriter) {
        writer.key("message")
        writer.object { writer in
            writer.field("role", "assistant")
            if result.text.isEmpty, !result.toolCalls.isEmpty {
                writer.nullField("content")
            } else {
                writer.field("content", result.text)
            }
            writer.nullField("refusal")
            writer.field("reasoning", result.thinking)
            guard !result.toolCalls.isEmpty else { return }
            writer.key("tool_calls")
            OpenAIAnswers.write(result.toolCalls, from: nil, to: &writer)
        }
    }

    func pieces(model: String) -> OpenAIPieces {
        let after = ",\"logprobs\":null,\"finish_reason\":null"
        return OpenAIPieces(
            opening: ",\"delta\":{\"role\":\"assistant\",\"content\":\"\"}\(after)",
            text: (",\"delta\":{\"content\":\"", "\"}\(after)"),
            thinking: (",\"delta\":{\"reasoning\":\"", "\"}\(after)"),
            toolCalls: (",\"delta\":{\"tool_calls\":", "}\(after)"),
            logprobs: (",\"delta\":{},\"logprobs\":{\"content\":[", "]},\"finish_reason\":null"),
            ending: ",\"delta\":{},\"logprobs\":null,"
        )
    }
}
