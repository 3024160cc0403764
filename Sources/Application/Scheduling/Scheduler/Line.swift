import Domain

/// A flow's turn among those that compete in one class: the smallest is next.
struct Turn: Comparable, Sendable {
    /// Virtual time.
    let tag: Double
    /// Whether it is an aged ticket of a lower class; one of the class itself goes first.
    let isAged: Bool
    /// When the ticket came.
    let arrival: MonotonicInstant
    let ticket: TicketID

    /// The same turn where tags count from elsewhere.
    func later(by time: Double) -> Turn {
        Turn(tag: self.tag + time, isAged: self.isAged, arrival: self.arrival, ticket: self.ticket)
    }

    static func < (left: Turn, right: Turn) -> Bool {
        if left.tag != right.tag { return left.tag < right.tag }
        if left.isAged != right.isAged { return right.isAged }
        if left.arrival != right.arrival { return left.arrival < right.arrival }
        return left.ticket < right.ticket
    }
}

/// The tickets that want the same: one model, on the same engines, by the limits of one queue.
///
/// Only the first ticket of each flow matters to a decision, so that it never looks at all that wait.
struct Line: Sendable {
    /// What never changes, in one place, so that a line is cheap to hand around.
    final class Info: Sendable {
        let model: ModelName
        let queue: RequestQueue
        let engineNames: [EngineName]
        let engines: [EngineIndex]
        let engineSet: EngineSet

        init(model: ModelName, queue: RequestQueue, engineNames: [EngineName], engines: [EngineIndex]) {
            self.model = model
            self.queue = queue
            self.engineNames = engineNames
            self.engines = engines
            self.engineSet = EngineSet(engines)
        }
    }

    var info: Info { self.state.info }
    var model: ModelName { self.info.model }
    var queue: RequestQueue { self.info.queue }
    var engineNames: [EngineName] { self.info.engineNames }
    var engines: [EngineIndex] { self.info.engines }
    // What changes is one reference, copied when it is written to while somebody else has it: a line is looked at many times
    // for every decision, and each look may copy it.
    private var state: State

    /// The tickets of each flow, first come first served.
    var flows: [FlowID: SeatList] {
        get { self.state.flows }
        _modify { yield &self.own.flows }
    }
    /// All tickets, to know the oldest.
    var all: TicketList {
        get { self.state.all }
        _modify { yield &self.own.all }
    }
    /// The flows whose first ticket counts in a class, by their turn.
    var turns: ClassValues<KeyedHeap<FlowID, Turn>> {
        _read { yield self.state.turns }
        _modify { yield &self.own.turns }
    }
    /// How many of those belong to the class itself.
    var natives: ClassValues<Int> {
        get { self.state.natives }
        _modify { yield &self.own.natives }
    }
    /// The estimated slot-seconds of all its tickets.
    var cost: Double {
        get { self.state.cost }
        set { self.own.cost = newValue }
    }
    /// Where its flows compete.
    var contest: ContestID {
        get { self.state.contest }
        set { self.own.contest = newValue }
    }
    /// The slots of its model on its engines, those of loads under way included and those of drains not.
    var supply: Int {
        get { self.state.supply }
        set { self.own.supply = newValue }
    }
    /// On how many of its engines its model is loaded or about to be.
    var places: Int {
        get { self.state.places }
        set { self.own.places = newValue }
    }

    init(model: ModelName, queue: RequestQueue, engineNames: [EngineName], engines: [EngineIndex]) {
        self.state = State(Info(model: model, queue: queue, engineNames: engineNames, engines: engines))
    }

    // @unchecked: written to only by a line that is its one owner, so never while another task reads it. That a line is not read
    // while it is written to, the compiler sees to; so each part need not be checked for it at run time (`unchecked` below).
    private final class State: @unchecked Sendable {
        let info: Info
        @exclusivity(unchecked) var flows: [FlowID: SeatList] = [:]
        @exclusivity(unchecked) var all = TicketList()
        @exclusivity(unchecked) var turns = ClassValues(KeyedHeap<FlowID, Turn>())
        @exclusivity(unchecked) var natives = ClassValues(0)
        @exclusivity(unchecked) var cost = 0.0
        @exclusivity(unchecked) var contest: ContestID = 0
        @exclusivity(unchecked) var supply = 0
        @exclusivity(unchecked) var places = 0

        init(_ info: Info) {
            self.info = info
        }

        func reset() {
            self.all.reset()
            self.cost = 0
            self.supply = 0
            self.places = 0
        }

        init(_ other: State) {
            self.info = other.info
            self.flows = other.flows
            self.all = other.all
            self.turns = other.turns
            self.natives = other.natives
            self.cost = other.cost
            self.contest = other.contest
            self.supply = other.supply
            self.places = other.places
        }
    }

    /// Forgets what an empty line remembers of those that have left it.
    mutating func reset() {
        self.own.reset()
    }

    /// The state, of which there is no other owner from here on.
    private var own: State {
        mutating get {
            if !isKnownUniquelyReferenced(&self.state) { self.state = State(self.state) }
            return self.state
        }
    }

    /// Whether its tickets may run on an engine.
    func mayUse(_ engine: EngineIndex) -> Bool {
        self.info.engineSet.contains(engine)
    }

    /// The most urgent class of which a ticket competes; nil if none does.
    @inline(__always)
    var nativeClass: RequestClass? {
        if self.natives[.interactive] > 0 { return .interactive }
        if self.natives[.normal] > 0 { return .normal }
        return self.natives[.batch] > 0 ? .batch : nil
    }

    /// The most urgent class in which a ticket competes, aged ones included.
    @inline(__always)
    var level: RequestClass? {
        if !self.turns[.interactive].isEmpty { return .interactive }
        if !self.turns[.normal].isEmpty { return .normal }
        return self.turns[.batch].isEmpty ? nil : .batch
    }
}
