public import Domain

/// What happens to the scheduler.
public enum SchedulerEvent: Sendable {
    /// A request wants a slot.
    case arrived(SchedulerTicket)
    /// Whoever waits for the ticket has left; a ticket that runs is not touched.
    case cancelled(TicketID)
    /// The request has ended and gives its slot back.
    ///
    /// The slot-seconds are those from the grant to this event.
    case released(TicketID, RunFigures?)
    /// An engine answers, and these models are loaded.
    case engineUp(EngineName, EngineCapacity, loaded: [ModelName])
    /// An engine has other limits than before.
    case engineChanged(EngineName, EngineCapacity)
    /// How many requests of one model an engine runs at once, where that is not its `parallel`; nil is again.
    case modelSlots(ModelName, EngineName, Int?)
    /// A model is to stay on an engine that has it, or need not any more: its place is kept for it, loaded or not.
    ///
    /// Of an engine that is down nothing is pinned; what is, is said before it is up again.
    case pinned(ModelName, EngineName, Bool)
    /// An engine does not answer; whatever was loaded is not.
    case engineDown(EngineName)
    /// An engine is not used any more; tickets that have no other are refused, those that run go on.
    case engineRemoved(EngineName)
    /// A model is loaded, asked for or not.
    case loaded(ModelName, EngineName, took: Duration?)
    /// A model is no longer loaded, asked for or not.
    case unloaded(ModelName, EngineName)
    /// A model could not be unloaded: it stays, and is used again.
    case unloadFailed(ModelName, EngineName)
    /// A model that was to be loaded could not be; of a load that is not under way it says nothing.
    case loadFailed(ModelName, EngineName)
    /// A project has another weight or concurrency; what waits for it goes by them from now on.
    case projectChanged(ProjectShare)
    /// Time passes; see ``Scheduler/nextWakeup``.
    case tick
}

/// What a run has shown about its model.
public struct RunFigures: Sendable, Equatable {
    /// Tokens read.
    public var promptTokens: Int
    /// The time that took.
    public var promptTime: Duration
    /// Tokens produced.
    public var outputTokens: Int
    /// The time that took.
    public var outputTime: Duration

    /// Creates figures.
    public init(promptTokens: Int, promptTime: Duration, outputTokens: Int, outputTime: Duration) {
        self.promptTokens = promptTokens
        self.promptTime = promptTime
        self.outputTokens = outputTokens
        self.outputTime = outputTime
    }
}

/// What is to be done because of an event, in this order.
public enum SchedulerAction: Sendable, Equatable {
    /// The ticket runs now on the engine.
    case grant(TicketID, EngineName)
    /// The ticket is refused; it no longer waits.
    case refuse(TicketID, Refusal)
    /// The ticket has waited too long; it no longer waits.
    case expire(TicketID, Expiry)
    /// No ticket of the model starts on the engine any more; its last one is waited for. There is nothing to do.
    case drain(ModelName, EngineName, for: ModelName)
    /// Tickets of the model start on the engine again. There is nothing to do.
    case resume(ModelName, EngineName)
    /// The engine is to unload the model, and to say so by `unloaded` or `unloadFailed`.
    case unload(ModelName, EngineName)
    /// The engine is to load the model, and to say so by `loaded` or `loadFailed`.
    case load(ModelName, EngineName)

    /// Why a ticket is refused.
    public enum Refusal: Sendable, Equatable {
        /// The queue, or the memory for what waits, is full.
        case queueFull
        /// No engine can load the model.
        case modelUnavailable
        /// All places of its engines are kept for other models.
        case pinned
        /// None of its engines has answered for a while, or all have been removed.
        case engineGone
    }

    /// Why a ticket has expired.
    public enum Expiry: Sendable, Equatable {
        /// It waited as long as its queue allows.
        case queueTimeout
        /// Its own deadline is over.
        case deadline
    }
}
