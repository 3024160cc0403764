import Domain

/// What a span of a call of an engine says of it.
///
/// Source: OpenTelemetry, semantic conventions for generative AI, client inference.
struct CallAttributes {
    private let note: EngineCallNote
    private let record: RequestRecord

    init(_ note: EngineCallNote, _ record: RequestRecord) {
        self.note = note
        self.record = record
    }

    /// What is asked for.
    var ofRequest: [SpanAttribute] {
        var attributes: [SpanAttribute] = []
        attributes.reserveCapacity(20)
        attributes.add("gen_ai.operation.name", self.record.operation.conventionalName)
        attributes.add("gen_ai.provider.name", self.note.engine.kind.rawValue)
        attributes.add("gen_ai.request.model", self.note.model)
        if let server = self.note.engine.server {
            attributes.add("server.address", server.address)
            attributes.add("server.port", server.port)
        }
        attributes.add("shared_ollama.engine", self.note.engine.name.description)
        attributes.add("shared_ollama.warm", self.record.warm)
        let options = self.note.options
        if self.note.tellsPieces { attributes.add("gen_ai.request.stream", true) }
        attributes.add("gen_ai.request.max_tokens", options.maxTokens)
        attributes.add("gen_ai.request.temperature", options.temperature)
        attributes.add("gen_ai.request.top_p", options.topP)
        attributes.add("gen_ai.request.top_k", options.topK)
        attributes.add("gen_ai.request.seed", options.seed)
        attributes.add("gen_ai.request.frequency_penalty", options.frequencyPenalty)
        attributes.add("gen_ai.request.presence_penalty", options.presencePenalty)
        if let choices = options.choices, choices != 1 { attributes.add("gen_ai.request.choice.count", choices) }
        if options.format != nil { attributes.add("gen_ai.output.type", "json") }
        return attributes
    }

    /// What has become of it.
    ///
    /// `firstPiece`: how long the first piece of the answer took; nil where it is not told in pieces.
    func ofAnswer(firstPiece: Duration?) -> [SpanAttribute] {
        var attributes: [SpanAttribute] = []
        attributes.add("gen_ai.response.finish_reasons", self.record.reason.map { [$0.rawValue] })
        attributes.add("gen_ai.response.time_to_first_chunk", firstPiece?.inSeconds)
        guard let usage = self.record.usage else { return attributes }
        attributes.add("gen_ai.usage.input_tokens", usage.promptTokens)
        attributes.add("gen_ai.usage.output_tokens", usage.completionTokens)
        attributes.add("gen_ai.usage.cache_read.input_tokens", usage.cachedTokens)
        attributes.add("gen_ai.usage.reasoning.output_tokens", usage.reasoningTokens)
        return attributes
    }

    /// What was said, up to so many bytes on either side.
    func ofContent(limit: Int, isLast: Bool) -> [SpanAttribute] {
        var attributes: [SpanAttribute] = []
        var isCut = false
        if let work = self.note.work {
            if let prompt = PromptExcerpt(work) {
                let (own, isShort) = prompt.attributes(limit: limit)
                attributes += own
                isCut = isShort
            } else {
                isCut = true
            }
        }
        if let (message, isShort) = self.note.answer?.message {
            isCut = isCut || isShort
            var writer = JSONWriter()
            let reason = isLast ? self.record.reason?.rawValue : nil
            writer.array { message.write(to: &$0, finishReason: reason ?? "unknown") }
            attributes.add("gen_ai.output.messages", String(decoding: writer.bytes, as: UTF8.self))
        }
        if isCut { attributes.add("shared_ollama.content_cut", true) }
        return attributes
    }
}

extension EngineIdentity {
    /// Where it is; nil where that is not known.
    fileprivate var server: (address: String, port: Int?)? {
        guard let url = self.url, let scheme = url.firstRange(of: "://") else { return nil }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" }
        let standard = url.hasPrefix("https") ? 443 : 80
        // Only in brackets may an address hold colons.
        guard let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") else {
            return (String(authority.filter { $0 != "[" && $0 != "]" }), standard)
        }
        let host = authority[..<colon].filter { $0 != "[" && $0 != "]" }
        return (String(host), Int(authority[authority.index(after: colon)...]) ?? standard)
    }
}
