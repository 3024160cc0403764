import Domain

/// How a request is put to engines, and what is done with their answers, so that these are what the caller asks for.
///
/// An engine may not know a forced choice of tools, or not keep to a schema in all its words; both are made true here, on
/// any kind of engine.
struct AnswerPlan: Sendable {
    /// The work as engines get it.
    let work: EngineWork
    private let output: StructuredOutput?
    private let forcesTools: Bool
    private let isStreamed: Bool

    /// Plans an answer.
    ///
    /// - Parameters:
    ///   - work: what the caller asks for.
    ///   - isStreamed: whether the caller gets the answer piece by piece.
    /// - Throws: ``ServiceError`` `unsupported_field` or `invalid_request` for a tool that cannot be forced.
    init(_ work: EngineWork, isStreamed: Bool) throws {
        self.isStreamed = isStreamed
        if case .chat(let request) = work, request.toolChoice != .auto {
            let forced = try ForcedTools.request(for: request)
            self.forcesTools = request.toolChoice != .none
            self.work = .chat(forced)
        } else {
            self.forcesTools = false
            self.work = work
        }
        self.output = StructuredOutput(self.work.options.format)
    }

    /// Whether an answer is told only once it is known to be right.
    ///
    /// A caller that reads a stream of text sees it as it comes, and learns at its end that it was wrong. A tool call is
    /// one piece anyway, and can be right.
    var holdsBack: Bool { self.output != nil && (self.forcesTools || !self.isStreamed) }

    /// Asks an engine for the answer; nothing is sent before it is pulled.
    ///
    /// `work`: the plan's, as the project may ask for it.
    func stream<Work>(
        _ access: EngineAccess<Work>,
        work: EngineWork
    ) throws -> any EngineStream<GenerationEvent> {
        let base = try access.events(work)
        guard let output else { return base }
        guard self.holdsBack else { return CheckedStream(base, output: output) }
        let (entry, sinceStart, ids, forcesTools) = (access.entry, access.stopwatch(), access.ids, self.forcesTools)
        return RepairingStream(base, output: output) {
            entry.firstEvent(after: sinceStart())
        } again: { text, faults in
            guard let work = Repair.work(for: work, after: text, faults) else { return nil }
            return try access.events(work)
        } tell: { result in
            forcesTools ? ForcedTools.events(of: result, ids: ids) : result.events
        }
    }
}
