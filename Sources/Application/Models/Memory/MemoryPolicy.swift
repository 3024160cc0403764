public import Domain

/// A model in an engine's memory, as far as it decides whether it stays there.
public struct ResidentModel: Sendable, Hashable {
    /// The model.
    public var name: ModelName
    /// Whether requests use it, or wait for it.
    public var isInUse: Bool
    /// Whether somebody wants it to stay.
    public var isPinned: Bool
    /// How long nobody has used it.
    public var idle: Duration
    /// How long the time is over that it was to stay; nil while it is not.
    public var overdue: Duration?
    /// How much memory it takes, in bytes; 0 where that is not known.
    public var bytes: Int

    /// Describes a model.
    public init(
        name: ModelName,
        isInUse: Bool,
        isPinned: Bool = false,
        idle: Duration,
        overdue: Duration? = nil,
        bytes: Int = 0
    ) {
        self.name = name
        self.isInUse = isInUse
        self.isPinned = isPinned
        self.idle = idle
        self.overdue = overdue
        self.bytes = bytes
    }
}

/// Decides which models leave an engine's memory.
///
/// Engines unload what is idle beyond its time by themselves; this sees to it where one does not, and makes room before the
/// machine has none. Pure.
public struct MemoryPolicy: Sendable, Hashable {
    /// How long after its time an engine may still have a model: its own clock is its own affair.
    public var grace = Duration.seconds(30)
    /// A model that was used within this time is not sent away for the sake of memory: it would be back at once.
    public var rest = Duration.seconds(30)

    /// The usual times.
    public init() {}

    /// The models that are to be unloaded now, in this order.
    ///
    /// - Parameters:
    ///   - models: those in memory.
    ///   - isShort: whether the machine has too little memory left: then one model goes, the least valuable, which is the
    ///     one that nobody has used for longest; of several the largest.
    /// - Returns: their names.
    public func unload(_ models: [ResidentModel], isShort: Bool) -> [ModelName] {
        let free = models.filter { !$0.isInUse && !$0.isPinned }
        let overdue = free.filter { $0.overdue.map { $0 >= self.grace } ?? false }
        if !overdue.isEmpty { return overdue.sorted(by: MemoryPolicy.isLessValuable).map(\.name) }
        guard isShort else { return [] }
        return free.filter { $0.idle >= self.rest }.min(by: MemoryPolicy.isLessValuable).map { [$0.name] } ?? []
    }

    private static func isLessValuable(_ left: ResidentModel, _ right: ResidentModel) -> Bool {
        left.idle == right.idle ? left.bytes > right.bytes : left.idle > right.idle
    }
}
