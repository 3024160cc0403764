/// Writes a decided answer in a dialect, token by token at the pace of the profile, or in one piece.
struct AnswerWriter {
    let exchange: Exchange
    let profile: GenerationProfile
    /// When the request came.
    let start: ContinuousClock.Instant
    /// When it got its place on the runner.
    let placed: ContinuousClock.Instant
    /// The runner, which may die.
    let life: RunnerLife

    func write(_ generation: Generation, for request: InferenceRequest, in dialect: some Dialect) async throws {
        try await life.sleep(for: profile.promptTime)
        let prompted = ContinuousClock.now
        var summary = AnswerSummary(
            generation: generation,
            total: .zero,
            load: placed - start,
            prompt: prompted - placed,
            evaluation: .zero
        )
        if request.isStream {
            try await stream(dialect, &summary, prompted)
        } else {
            try await pause(tokens: generation.tokens)
            summary.evaluation = ContinuousClock.now - prompted
            summary.total = ContinuousClock.now - start
            let body = Array(dialect.whole(summary).utf8)
            try await exchange.send(200, dialect.wholeHeaders, body: body, tokens: generation.tokens)
        }
    }

    private func stream(
        _ dialect: some Dialect,
        _ summary: inout AnswerSummary,
        _ prompted: ContinuousClock.Instant
    ) async throws {
        var dialect = dialect
        let generation = summary.generation
        do {
            try await sendTokens(of: generation, in: &dialect)
        } catch let error as EngineError where error == .runnerDied && exchange.isBegun {
            do {
                for frame in dialect.broken(by: error, generation: generation) {
                    try await exchange.frame(Array(frame.utf8), tokens: 0)
                }
                if dialect.survivesItsRunner { try await exchange.end() }
            } catch {
                // The caller left at the sight of it: the runner is dead all the same.
            }
            throw error
        }
        summary.evaluation = ContinuousClock.now - prompted
        summary.total = ContinuousClock.now - start
        let opening = exchange.isBegun ? [] : dialect.opening(generation)
        try await send(opening + dialect.closing(summary), tokens: 0, in: dialect)
        try await exchange.end()
    }

    private func sendTokens<Form: Dialect>(of generation: Generation, in dialect: inout Form) async throws {
        for call in generation.toolCalls {
            try await pause(tokens: generation.tokens)
            try await send(dialect.opening(generation), tokens: 0, in: dialect)
            let frames = dialect.frames(for: .toolCall(call), index: 0, generation: generation)
            try await send(frames, tokens: generation.tokens, in: dialect)
        }
        let thoughts = generation.thinking.count
        for index in 0..<thoughts + generation.content.count {
            try dieIfTold(afterTokens: index)
            try await life.sleep(for: profile.tokenPace)
            // The frames of the beginning leave with the first token, not before it.
            if index == 0 { try await send(dialect.opening(generation), tokens: 0, in: dialect) }
            let delta =
                index < thoughts
                ? Delta.thinking(generation.thinking[index]) : .content(generation.content[index - thoughts])
            let frames = dialect.frames(for: delta, index: index, generation: generation)
            try await send(frames, tokens: 1, in: dialect)
        }
    }

    /// Sends frames; the head of the response leaves with the first of them.
    ///
    /// The tokens are counted with the first frame only: some APIs write several frames for one token.
    private func send(_ frames: [String], tokens: Int, in dialect: some Dialect) async throws {
        if !exchange.isBegun { try await exchange.begin(200, dialect.streamHeaders) }
        for (index, frame) in frames.enumerated() {
            try await exchange.frame(Array(frame.utf8), tokens: index == 0 ? tokens : 0)
        }
    }

    /// The time of an answer in one piece; a runner that is to die does so in it.
    private func pause(tokens: Int) async throws {
        let limit = exchange.plan.killRunnerAfterTokens
        try await life.sleep(for: profile.tokenPace * min(tokens, limit ?? tokens))
        if limit != nil { throw EngineError.runnerDied }
    }

    private func dieIfTold(afterTokens count: Int) throws {
        if let limit = exchange.plan.killRunnerAfterTokens, count >= limit { throw EngineError.runnerDied }
    }
}
