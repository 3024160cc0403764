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
    private var places: [Name: (id: ID, lastUse: MonotonicInstant)] = [:]
    private var names: [ID: Name] = [:]
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
    var count: Int { self.places.count }

    /// The number of a name that has a place.
    func known(_ name: Name) -> ID? { self.places[name]?.id }

    /// The name of a number, or nil for ``other`` and those that gave their place back.
    func name(of id: ID) -> Name? { self.names[id] }

    /// The number of a name that is being used.
    ///
    /// - Returns: its number, and which name gave its place back for it.
    mutating func use(_ name: Name, at now: MonotonicInstant) -> (id: ID, replaced: (id: ID, name: Name)?) {
        if let place = self.places.index(forKey: name) {
            self.places.values[place].lastUse = now
            return (self.places.values[place].id, nil)
        }
        var replaced: (id: ID, name: Name)?
        if self.places.count >= self.capacity {
            guard let oldest = self.places.min(by: { $0.value.lastUse < $1.value.lastUse }),
                now - oldest.value.lastUse >= self.idle
            else { return (Self.other, nil) }
            self.places[oldest.key] = nil
            self.names[oldest.value.id] = nil
            replaced = (oldest.value.id, oldest.key)
        }
        self.lastID += 1
        self.places[name] = (self.lastID, now)
        self.names[self.lastID] = name
        return (self.lastID, replaced)
    }
}
