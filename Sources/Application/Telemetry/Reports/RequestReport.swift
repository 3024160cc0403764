#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What became of some requests, and how long they took together.
public struct RequestCounts: Sendable, Equatable {
    /// How many there were.
    public var requests = 0
    /// Those whose caller got the whole answer.
    public var completed = 0
    /// From arrival to end, all of them together.
    public var totalLatency = Duration.zero
    /// When the first one arrived.
    public var first: Date?
    /// When the last one arrived.
    public var last: Date?

    /// Nothing.
    public init() {}

    /// Those that failed, were cancelled, or whose caller left.
    public var failed: Int { self.requests - self.completed }
    /// From arrival to end on average; zero if there were none.
    public var meanLatency: Duration { self.requests == 0 ? .zero : self.totalLatency / self.requests }

    /// Adds others.
    public mutating func add(_ other: RequestCounts) {
        self.requests += other.requests
        self.completed += other.completed
        self.totalLatency += other.totalLatency
        self.first = [self.first, other.first].compactMap(\.self).min()
        self.last = [self.last, other.last].compactMap(\.self).max()
    }
}

/// What became of the requests of a span of time.
public struct RequestReport: Sendable, Equatable {
    /// The requests of one project.
    public struct Project: Sendable, Equatable {
        /// All of them.
        public var counts = RequestCounts()
        /// How many there were for each model.
        public var byModel: [String: Int] = [:]
        /// How many there were of each operation.
        public var byOperation: [String: Int] = [:]

        /// Nothing.
        public init() {}
    }

    /// The requests that arrived in one hour (UTC).
    public struct Hour: Sendable, Equatable {
        /// When it began.
        public var start: Date
        /// All of them.
        public var counts = RequestCounts()
        /// How many there were for each model.
        public var byModel: [String: Int] = [:]

        /// An hour without requests.
        public init(start: Date) {
            self.start = start
        }
    }

    /// What stands for projects beyond ``projectLimit``.
    public static let others = "other"
    /// How many projects are told by name: those with the most requests.
    public static let projectLimit = 1000
    /// How many hours are told one by one: the latest that had requests.
    public static let hourLimit = 1000

    /// The first instant that counts.
    public var start: Date
    /// The instant from which on nothing counts.
    public var end: Date
    /// All requests.
    public var counts = RequestCounts()
    /// What half of them took at most; exact to 0.1 ms, like the others.
    public var p50 = Duration.zero
    /// What 95 of 100 took at most.
    public var p95 = Duration.zero
    /// What 99 of 100 took at most.
    public var p99 = Duration.zero
    /// How many there were for each model, by its canonical name; those are left out whose model was never known.
    public var byModel: [String: Int] = [:]
    /// How many there were of each operation; those with images are `vlm`.
    public var byOperation: [String: Int] = [:]
    /// How many ended with each error code; those whose caller left are `cancelled`.
    public var byError: [String: Int] = [:]
    /// The projects by name.
    public var projects: [String: Project] = [:]
    /// The hours in which there were requests, oldest first.
    public var hours: [Hour] = []

    /// A report without requests.
    public init(start: Date, end: Date) {
        self.start = start
        self.end = end
    }

    /// The part of the requests whose caller got the whole answer, 0 to 1; 0 if there were none.
    public var successRate: Double {
        self.counts.requests == 0 ? 0 : Double(self.counts.completed) / Double(self.counts.requests)
    }
}

/// How fast the answers of a span of time came: of requests that came to their end.
public struct SpeedReport: Sendable, Equatable {
    /// The figures of some requests.
    public struct Figures: Sendable, Equatable {
        /// How many there were.
        public var requests = 0
        /// Tokens of their answers to the time in which they were generated; 0 if that is not known.
        public var tokensPerSecond = 0.0
        /// Loading the model, of those that had to wait for it, on average.
        public var meanLoad = Duration.zero
        /// Generating the answer, on average.
        public var meanGeneration = Duration.zero
        /// The part of them whose model was in memory before, 0 to 1.
        public var warmRate = 0.0

        /// Nothing.
        public init() {}
    }

    /// How many models are told by name: those with the most requests.
    public static let modelLimit = 1000

    /// All of them.
    public var all = Figures()
    /// Those of each model, by its canonical name.
    public var byModel: [String: Figures] = [:]

    /// A report without requests.
    public init() {}
}
