public import Domain

/// From where a request comes, as its trace tells it.
public struct TraceOrigin: Sendable {
    /// The caller's place in a trace; nil if it sent none.
    public var context: TraceContext?
    /// The method and the route of HTTP; nil for what came another way, such as an item of a batch.
    public var http: HTTP?

    /// How a request came over HTTP.
    public struct HTTP: Sendable, Hashable {
        /// The method.
        public let method: String
        /// The path, which is a route without parts that differ from request to request.
        public let path: String
        /// `http` or `https`.
        public let scheme: String

        /// Describes a request.
        public init(method: String, path: String, scheme: String) {
            self.method = method
            self.path = path
            self.scheme = scheme
        }
    }

    /// Describes an origin.
    public init(context: TraceContext? = nil, http: HTTP? = nil) {
        self.context = context
        self.http = http
    }
}

/// One question that is put to an engine for a request.
struct EngineCallNote: Sendable {
    /// The engine.
    let engine: EngineIdentity
    /// What the engine calls the model.
    let model: String
    /// How it is to answer.
    let options: GenerationOptions
    /// What it is asked; kept only where that is to be told.
    fileprivate(set) var work: (any ExchangeWork)?
    /// What it answers; nil where that is not to be told.
    fileprivate(set) var answer: AnswerExcerpt?
    /// Whether the engine tells its answer piece by piece, so that the first piece is the end of the prefill.
    let tellsPieces: Bool

    /// Describes a question.
    init(engine: EngineIdentity, model: String, work: any ExchangeWork) {
        self.engine = engine
        self.model = model
        self.options = work.options
        self.tellsPieces = work.tellsPieces
        self.work = work
    }
}

/// What goes with a question to an engine for its trace.
public struct CallTrace: Sendable {
    /// What the engine is told: the span of the call is its parent there.
    public let context: TraceContext
    /// Where the answer is to be noted; nil where it is not to be told.
    public let answer: AnswerExcerpt?
}

/// What is noted of a request on its way for its trace: what happened, and when.
///
/// The spans are made of it once the request has ended; until then there are only marks.
struct RequestTrace: Sendable {
    /// Something that happened.
    enum Event: Sendable {
        /// The body has been read.
        case read
        /// The preparation of its pictures begins.
        case preparesImages
        /// Its pictures are ready.
        case preparedImages(ImageReport)
        /// It is put in line, or back in line after an engine failed with this error.
        case queued(after: ServiceError.Code?)
        /// It has its slot; the model was loaded for so long meanwhile.
        case admitted(loadTime: Duration?)
        /// An engine is asked.
        case called(EngineCallNote)
        /// The engine has said something.
        case began
    }

    /// Something that happened, and when.
    struct Mark: Sendable {
        let event: Event
        let at: MonotonicInstant
    }

    /// More than this is not noted: a request may be put to engines again and again.
    private static let limit = 256

    /// The request's own span; that of its caller where nothing of ours is to be seen in the trace.
    let context: TraceContext
    /// The caller's span; nil where the trace begins here.
    let parent: SpanID?
    /// Whether spans are made of it.
    let isRecorded: Bool
    /// Whether the service takes part in the trace, or only hands on what its caller sent.
    let isOurs: Bool
    /// How much is told of each prompt and each answer, in bytes; nil where nothing is.
    let contentLimit: Int?
    /// How the request came.
    let origin: TraceOrigin
    /// When the request arrived.
    let arrival: MonotonicInstant
    /// What happened, in order.
    private(set) var marks: [Mark] = []
    private var calls = 0

    /// Takes part in a trace.
    init(
        _ context: TraceContext,
        parent: SpanID?,
        origin: TraceOrigin,
        arrival: MonotonicInstant,
        contentLimit: Int? = nil
    ) {
        self.contentLimit = contentLimit
        self.context = context
        self.parent = parent
        self.isRecorded = context.isSampled
        self.isOurs = true
        self.origin = origin
        self.arrival = arrival
    }

    /// Only hands on what the caller sent.
    init(handingOn context: TraceContext, arrival: MonotonicInstant) {
        self.context = context
        self.parent = nil
        self.isRecorded = false
        self.isOurs = false
        self.contentLimit = nil
        self.origin = TraceOrigin()
        self.arrival = arrival
    }

    private init(shadowOf trace: RequestTrace) {
        self.context = trace.context
        self.parent = trace.parent
        self.isRecorded = false
        self.isOurs = trace.isOurs
        self.contentLimit = nil
        self.origin = trace.origin
        self.arrival = trace.arrival
    }

    /// The same place in the trace for work that several requests share: engines see the call of the first of them.
    var shadow: RequestTrace { RequestTrace(shadowOf: self) }

    /// Notes that something happens now.
    mutating func mark(_ event: Event, at now: @autoclosure () -> MonotonicInstant) {
        guard self.isRecorded, self.marks.count < Self.limit else { return }
        self.marks.append(Mark(event: event, at: now()))
    }

    /// An engine is asked.
    ///
    /// - Returns: what goes with the question.
    mutating func calls(
        _ note: @autoclosure () -> EngineCallNote,
        at now: @autoclosure () -> MonotonicInstant
    )
        -> CallTrace
    {
        guard self.isOurs else { return CallTrace(context: self.context, answer: nil) }
        self.calls += 1
        let context = self.context.with(self.context.spanID.derived(self.calls))
        guard self.isRecorded else { return CallTrace(context: context, answer: nil) }
        var note = note()
        if let contentLimit {
            note.answer = AnswerExcerpt(limit: contentLimit)
        } else {
            note.work = nil
        }
        self.mark(.called(note), at: now())
        return CallTrace(context: context, answer: note.answer)
    }
}
