public import Domain

/// A load and the machines it meets, for a simulation.
public struct Scenario: Sendable, Equatable {
    /// Engines of one kind.
    public struct Engines: Sendable, Equatable {
        /// Their name, followed by a number where there are several.
        public var name: String
        /// How many there are.
        public var count = 1
        /// What each does at once.
        public var capacity = EngineCapacity()
        /// How fast it is beside the models' figures.
        public var speed = 1.0

        /// One engine.
        public init(name: String) {
            self.name = name
        }
    }

    /// A model, on an engine of speed 1.
    public struct Model: Sendable, Equatable {
        /// Its name.
        public var name: ModelName
        /// Seconds to load it.
        public var loadSeconds = 5.0
        /// Seconds to unload it.
        public var unloadSeconds = 0.5
        /// Tokens that it reads a second.
        public var promptTokensPerSecond = 500.0
        /// Tokens that it writes a second.
        public var tokensPerSecond = 50.0

        /// A model of middling speed.
        public init(name: ModelName) {
            self.name = name
        }
    }

    /// When a project's requests come.
    public enum Arrivals: Sendable, Equatable {
        /// By chance, so many a second on average.
        case random(perSecond: Double)
        /// So many at once.
        case burst(Int, atSecond: Double)
        /// From so many callers, each of which waits for its answer and then asks again.
        case callers(Int)
    }

    /// A project.
    public struct Project: Sendable, Equatable {
        /// Its share.
        public var share: ProjectShare
        /// The class of its requests.
        public var requestClass = RequestClass.normal
        /// When they come.
        public var arrivals = Arrivals.random(perSecond: 1)
        /// The tokens of a prompt.
        public var promptTokens: ClosedRange<Int> = 200...200
        /// The tokens of an answer.
        public var outputTokens: ClosedRange<Int> = 100...100
        /// The models that it asks for, all equally often.
        public var models: [ModelName]

        /// A project that asks once a second.
        public init(share: ProjectShare, models: [ModelName]) {
            self.share = share
            self.models = models
        }
    }

    /// The machines.
    public var engines: [Engines] = []
    /// The models.
    public var models: [Model] = []
    /// The callers.
    public var projects: [Project] = []
    /// How long requests come.
    public var seconds = 600.0
    /// Where chance starts.
    public var seed = 1
    /// What the scheduler goes by.
    public var settings = SchedulerSettings()

    /// Starts with nothing.
    public init() {}
}
