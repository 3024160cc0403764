public import Domain

/// Names one ticket; a number is never used twice.
public struct TicketID: Sendable, NumberKey, Comparable, CustomStringConvertible {
    /// The number.
    public let number: Int

    /// Wraps a number.
    public init(_ number: Int) {
        self.number = number
    }

    /// The number.
    public var keyNumber: Int { self.number }

    /// The number as text.
    public var description: String { "#\(self.number)" }

    /// The order of the numbers.
    public static func < (left: TicketID, right: TicketID) -> Bool {
        left.number < right.number
    }
}

/// The queues, each with limits of its own.
public enum RequestQueue: String, Sendable, CaseIterable {
    /// Text and embeddings.
    case chat
    /// Whatever has an image.
    case vlm
}

/// A caller, as far as the scheduler has to know it.
public struct ProjectShare: Sendable, Hashable {
    /// Its name.
    public var name: ProjectName
    /// Its share beside others of the same class; 0.001 to 1000.
    public var weight: Double
    /// How many of its requests run at once; nil is no limit.
    public var concurrency: Int?

    /// Creates a share.
    public init(name: ProjectName, weight: Double = 1, concurrency: Int? = nil) {
        self.name = name
        self.weight = weight > 0 ? min(1000, max(0.001, weight)) : 1
        self.concurrency = concurrency.map { max(1, $0) }
    }
}

/// A request that wants a slot.
public struct SchedulerTicket: Sendable {
    /// Its name.
    public let id: TicketID
    /// Who called.
    public var project: ProjectShare
    /// How urgent it is.
    public var requestClass: RequestClass
    /// Whose limits hold for it.
    public var queue: RequestQueue
    /// The model that it needs.
    public var model: ModelName
    /// The engines that have the model, best first; those that are down may be among them.
    public var engines: [EngineName]
    /// Whether it only takes what others leave, and what batches are owed: it has no place in its queue, waits for as long
    /// as it has to, and does not age.
    public var isBackground: Bool
    /// The memory that the request takes while it waits, in bytes.
    public var waitingBytes: Int
    /// The tokens of its prompt, if they are known.
    public var promptTokens: Int?
    /// The tokens that it will probably produce, if there is a guess.
    public var outputTokens: Int?
    /// The most tokens that it may produce, if it says so.
    public var outputLimit: Int?
    /// When the caller no longer wants an answer.
    public var deadline: MonotonicInstant?
    /// Its earlier time in line, if it ran already and its engine failed before it said anything.
    public var earlier: EarlierWait?

    /// Creates a ticket.
    public init(
        id: TicketID,
        project: ProjectShare,
        requestClass: RequestClass = .normal,
        queue: RequestQueue = .chat,
        model: ModelName,
        engines: [EngineName],
        isBackground: Bool = false,
        waitingBytes: Int = 0,
        promptTokens: Int? = nil,
        outputTokens: Int? = nil,
        outputLimit: Int? = nil,
        deadline: MonotonicInstant? = nil,
        earlier: EarlierWait? = nil
    ) {
        self.id = id
        self.project = project
        self.requestClass = requestClass
        self.queue = queue
        self.model = model
        self.engines = engines
        self.isBackground = isBackground
        self.waitingBytes = max(0, waitingBytes)
        self.promptTokens = promptTokens
        self.outputTokens = outputTokens
        self.outputLimit = outputLimit
        self.deadline = deadline
        self.earlier = earlier
    }
}

/// The time in line of a ticket that comes back, because the engine that it ran on failed.
public struct EarlierWait: Sendable, Equatable {
    /// When it came first.
    public var arrival: MonotonicInstant
    /// How long it has waited since, without the time in which it ran.
    public var waited: Duration

    /// Creates a time in line.
    public init(arrival: MonotonicInstant, waited: Duration) {
        self.arrival = arrival
        self.waited = waited
    }
}
