public import Domain

/// What a policy made of a load.
public struct SimulationReport: Sendable, Equatable {
    /// The waits of some requests, in seconds.
    public struct Waits: Sendable, Equatable {
        /// How many have started.
        public var count = 0
        /// Half waited less.
        public var p50 = 0.0
        /// Nineteen of twenty waited less.
        public var p95 = 0.0
        /// The longest.
        public var max = 0.0

        /// Sums waits up.
        init(_ waits: [Double]) {
            let sorted = waits.sorted()
            guard let last = sorted.last else { return }
            self.count = sorted.count
            self.p50 = sorted[sorted.count / 2]
            self.p95 = sorted[sorted.count * 95 / 100]
            self.max = last
        }
    }

    /// One project or class.
    public struct Row: Sendable, Equatable {
        /// The project's or the class's name.
        public var name: String
        /// The class of the project's requests.
        public var requestClass: RequestClass
        /// The project's weight; 0 for a class.
        public var weight = 0.0
        /// Requests that came.
        public var arrived = 0
        /// Requests that were refused.
        public var refused = 0
        /// Requests that waited too long.
        public var expired = 0
        /// How long those that started had waited.
        public var waits = Waits([])
        /// Its part of all slot-seconds while requests came, 0 to 1.
        public var share = 0.0
        /// The part that its weight promises among the projects of its class, if all are busy; 0 for a class.
        public var promised = 0.0
        /// Its part of the slot-seconds of its class.
        public var shareOfClass = 0.0
    }

    /// The policy.
    public var policy: String
    /// One row a class that occurs.
    public var classes: [Row] = []
    /// One row a project.
    public var projects: [Row] = []
    /// Models that were loaded.
    public var loads = 0
    /// Models that had to go for another.
    public var swaps = 0
    /// The part of all slot-time in which requests ran, 0 to 1.
    public var utilisation = 0.0
    /// Requests that ended.
    public var served = 0

    /// An empty report.
    init(policy: String) {
        self.policy = policy
    }
}

extension SimulationReport {
    /// The report as JSON.
    public func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("policy")
            writer.string(self.policy)
            for (key, rows) in [("classes", self.classes), ("projects", self.projects)] {
                writer.key(key)
                writer.array(rows) { $1.write(to: &$0) }
            }
            let counts = [("served", self.served), ("loads", self.loads), ("swaps", self.swaps)]
            for (key, value) in counts {
                writer.key(key)
                writer.number(value)
            }
            writer.key("utilisation")
            writer.number(self.utilisation)
        }
    }
}

extension SimulationReport.Row {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            for (key, text) in [("name", self.name), ("class", self.requestClass.rawValue)] {
                writer.key(key)
                writer.string(text)
            }
            let numbers: [(String, Double)] = [
                ("weight", self.weight), ("arrived", Double(self.arrived)), ("started", Double(self.waits.count)),
                ("refused", Double(self.refused)), ("expired", Double(self.expired)),
                ("wait_p50_seconds", self.waits.p50), ("wait_p95_seconds", self.waits.p95),
                ("wait_max_seconds", self.waits.max), ("share", self.share), ("promised", self.promised),
                ("share_of_class", self.shareOfClass),
            ]
            for (key, number) in numbers {
                writer.key(key)
                writer.number(number)
            }
        }
    }
}
