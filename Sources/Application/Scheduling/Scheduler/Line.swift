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
        let engineSet: Set<EngineIndex>

        init(model: ModelName, queue: RequestQueue, engineNames: [EngineName], engines: [EngineIndex]) {
            self.model = model
            self.queue = queue
            self.engineNames = engineNames
            self.engines = engines
            self.engineSet = Set(engines)
        }
    }

    let info: Info
    var model: ModelName { self.info.model }
    var queue: RequestQueue { self.info.queue }
    var engineNames: [EngineName] { self.info.engineNames }
    var engines: [EngineIndex] { self.info.engines }
    /// The tickets of each flow, first come first served.
    var flows: [FlowID: SeatList] = [:]
    /// All tickets, to know the oldest.
    var all = TicketList()
    /// The flows whose first ticket counts in a class, by their turn.
    var turns = ClassValues(KeyedHeap<FlowID, Turn>())
    /// How many of those belong to the class itself.
    var natives = ClassValues(0)
    /// The estimated slot-seconds of all its tickets.
    var cost = 0.0
    /// Where its flows compete.
    var contest: ContestID = 0
    /// The slots of its model on its engines, those of loads under way included and those of drains not.
    var supply = 0
    /// On how many of its engines its model is loaded or about to be.
    var places = 0

    init(model: ModelName, queue: RequestQueue, engineNames: [EngineName], engines: [EngineIndex]) {
        self.info = Info(model: model, queue: queue, engineNames: engineNames, engines: engines)
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
