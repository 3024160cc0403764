/// Numbers for names that callers make up: so many and no more.
///
/// A name that has not been used for long gives its place to a new one; while there is none, all that come on top are
/// together ``other``.
struct BoundedNames<Name: Hashable & Sendable>: Sendable {
    /// The number of a name; never used for another one.
    typealias ID = UInt32

    /// All names without a place.
    static var other: ID { 0 }

    private let capacity: Int
    private let idle: Duration
    private var ids: [Name: ID] = [:]
    private var places: [ID: (name: Name, lastUse: MonotonicInstant)] = [:]
    private var lastID: ID = 0

    /// Starts empty.
    ///
    /// - Parameters:
    ///   - capacity: how many names have a place.
    ///   - idle: how long a name that gives its place back has not been used.
    init(capacity: Int, idle: Duration) {
        self.capacity = capacity
        self.idle = idle
    }

    /// How many names have a place.
    var count: Int { self.ids.count }

    /// The number of a name that has a place.
    func known(_ name: Name) -> ID? { self.ids[name] }

    /// The name of a number, or nil for ``other`` and those that gave their place back.
    func name(of id: ID) -> Name? { self.places[id]?.name }

    /// The number of a name that is being used.
    ///
    /// - Returns: its number, and which name gave its place back for it.
    mutating func use(_ name: Name, at now: MonotonicInstant) -> (id: ID, replaced: (id: ID, name: Name)?) {
        if let id = self.ids[name] {
            self.places[id]?.lastUse = now
            return (id, nil)
        }
        var replaced: (id: ID, name: Name)?
        if self.ids.count >= self.capacity {
            guard let oldest = self.places.min(by: { $0.value.lastUse < $1.value.lastUse }),
                now - oldest.value.lastUse >= self.idle
            else { return (Self.other, nil) }
            self.ids[oldest.value.name] = nil
            self.places[oldest.key] = nil
            replaced = (oldest.key, oldest.value.name)
        }
        self.lastID += 1
        self.ids[name] = self.lastID
        self.places[self.lastID] = (name, now)
        return (self.lastID, replaced)
    }
}
