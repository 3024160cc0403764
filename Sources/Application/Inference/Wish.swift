import Domain

/// What a caller wants done, and how an engine is asked for it.
struct Wish<Work: ExchangeWork, Frame: Sendable>: Sendable {
    /// What to do.
    let work: Work
    /// Prepares the engine's answer; nothing is sent before it is pulled.
    let stream: @Sendable (EngineAccess<Work>) throws -> any EngineStream<Frame>
}

extension Wish where Work == EngineWork, Frame == GenerationEvent {
    /// A wish whose answer is understood, event by event.
    static func events(_ plan: AnswerPlan) -> Wish {
        Wish(work: plan.work) { access in try plan.stream(access, work: access.work) }
    }
}
