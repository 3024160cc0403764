public import Domain

/// The names of callers without a key that have a share of their own: a bounded number of them.
///
/// A name that has not been used for an hour gives its place to another.
struct NameTable {
    /// How long a name keeps its place after it was last used.
    static let idle = Duration.seconds(3600)

    private var lastUse: [ProjectName: MonotonicInstant] = [:]
    /// How many names there may be.
    var capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// How many names have a place.
    var count: Int { self.lastUse.count }

    /// The name under which a caller counts: its own, or ``ProjectName/other``.
    ///
    /// The cost is a search among all names only where a new one finds every place taken.
    mutating func admit(_ name: ProjectName, at now: MonotonicInstant) -> ProjectName {
        if self.lastUse[name] == nil {
            if self.lastUse.count >= self.capacity {
                self.lastUse = self.lastUse.filter { now - $0.value < NameTable.idle }
            }
            guard self.lastUse.count < self.capacity else { return .other }
        }
        self.lastUse[name] = now
        return name
    }
}

extension ProjectName {
    /// All callers without a key for whose names there is no place.
    public static let other: ProjectName = {
        guard let name = try? ProjectName("other") else { preconditionFailure("'other' is a name") }
        return name
    }()
}
