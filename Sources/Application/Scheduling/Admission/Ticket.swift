public import Domain

/// A request's place in the scheduler, as the use cases ask for it.
public struct Ticket: Sendable {
    /// The request.
    public var requestID: RequestID
    /// Who called.
    public var project: Project
    /// How urgent it is.
    public var requestClass: RequestClass
    /// Whose limits hold for it.
    public var queue: RequestQueue
    /// The model that it needs, as the caller spelt it.
    public var model: ModelName
    /// The name under which the model is scheduled: models of the same weights share one runner, and so its slots.
    public var runner: ModelName
    /// The engines that have the model, best first; not empty.
    public var engines: [EngineName]
    /// Whether it has no place in its queue, waits for as long as it has to, and does not age.
    public var isBackground: Bool
    /// The memory that the request takes while it waits, in bytes.
    public var waitingBytes: Int
    /// The tokens of its prompt, as far as they can be guessed.
    public var promptTokens: Int?
    /// The most tokens that it may produce, where the caller says so.
    public var maxTokens: Int?
    /// When the caller no longer wants an answer.
    public var deadline: MonotonicInstant?
    /// Its earlier time in line, if it ran already and its engine failed before it said anything.
    public var earlier: EarlierWait?

    /// Creates a ticket.
    public init(
        requestID: RequestID,
        project: Project,
        requestClass: RequestClass = .normal,
        queue: RequestQueue = .chat,
        model: ModelName,
        runner: ModelName? = nil,
        engines: [EngineName],
        isBackground: Bool = false,
        waitingBytes: Int = 0,
        promptTokens: Int? = nil,
        maxTokens: Int? = nil,
        deadline: MonotonicInstant? = nil
    ) {
        self.requestID = requestID
        self.project = project
        self.requestClass = requestClass
        self.queue = queue
        self.model = model
        self.runner = runner ?? model
        self.engines = engines
        self.isBackground = isBackground
        self.waitingBytes = waitingBytes
        self.promptTokens = promptTokens
        self.maxTokens = maxTokens
        self.deadline = deadline
    }

    /// The ticket as the scheduler knows it.
    func scheduled(as id: TicketID) -> SchedulerTicket {
        SchedulerTicket(
            id: id,
            project: ProjectShare(self.project),
            requestClass: self.requestClass,
            queue: self.queue,
            model: self.runner,
            engines: self.engines,
            isBackground: self.isBackground,
            waitingBytes: self.waitingBytes,
            promptTokens: self.promptTokens,
            outputLimit: self.maxTokens,
            deadline: self.deadline,
            earlier: self.earlier
        )
    }
}

extension ProjectShare {
    /// What the scheduler has to know of a project.
    init(_ project: Project) {
        self.init(name: project.name, weight: project.weight, concurrency: project.concurrency)
    }
}
