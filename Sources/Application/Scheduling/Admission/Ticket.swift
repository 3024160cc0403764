public import Domain

/// A request's place in the scheduler, as the use cases ask for it; an object because many hold it, and its parts are many.
public final class Ticket: Sendable {
    /// The request.
    public let requestID: RequestID
    /// Who called.
    public let project: Project
    /// How urgent it is.
    public let requestClass: RequestClass
    /// Whose limits hold for it.
    public let queue: RequestQueue
    /// The model that it needs, as the caller spelt it.
    public let model: ModelName
    /// The name under which the model is scheduled: models of the same weights share one runner, and so its slots.
    public let runner: ModelName
    /// The engines that have the model, best first; not empty.
    public let engines: [EngineName]
    /// Whether it has no place in its queue, waits for as long as it has to, and does not age.
    public let isBackground: Bool
    /// The memory that the request takes while it waits, in bytes.
    public let waitingBytes: Int
    /// The tokens of its prompt, as far as they can be guessed.
    public let promptTokens: Int?
    /// The most tokens that it may produce, where the caller says so.
    public let maxTokens: Int?
    /// When the caller no longer wants an answer.
    public let deadline: MonotonicInstant?
    /// Its earlier time in line, if it ran already and its engine failed before it said anything.
    public let earlier: EarlierWait?

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
        deadline: MonotonicInstant? = nil,
        earlier: EarlierWait? = nil
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
        self.earlier = earlier
    }

    /// The ticket with which the request goes back in line.
    func again(for engines: [EngineName], after earlier: EarlierWait) -> Ticket {
        Ticket(
            requestID: self.requestID,
            project: self.project,
            requestClass: self.requestClass,
            queue: self.queue,
            model: self.model,
            runner: self.runner,
            engines: engines,
            isBackground: self.isBackground,
            waitingBytes: self.waitingBytes,
            promptTokens: self.promptTokens,
            maxTokens: self.maxTokens,
            deadline: self.deadline,
            earlier: earlier
        )
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
