/// The series of names that callers make up: those that have a place have series of their own, all others share theirs.
struct SeriesOfNames<Name: Hashable & Sendable> {
    /// What all names without a place are called.
    private static var others: String { "other" }

    private let metrics: any Metrics
    private let label: String
    private let text: @Sendable (Name) -> String
    private var names: BoundedNames<Name>
    private var sets: [BoundedNames<Name>.ID: (name: String, series: SeriesSet)] = [:]

    /// Starts without any.
    ///
    /// - Parameters:
    ///   - metrics: where the series are.
    ///   - names: which have a place.
    ///   - label: the label that has the name for its value.
    ///   - text: a name as a value.
    init(
        in metrics: any Metrics,
        of names: BoundedNames<Name>,
        label: String,
        text: @escaping @Sendable (Name) -> String
    ) {
        self.metrics = metrics
        self.names = names
        self.label = label
        self.text = text
    }

    /// A name that is being used, as a value, and its series.
    ///
    /// Those of the one that gave it its place are removed.
    mutating func use(_ name: Name, at now: MonotonicInstant) -> (name: String, series: SeriesSet) {
        let (id, replaced) = self.names.use(name, at: now)
        if let replaced {
            self.sets[replaced.id] = nil
            self.metrics.forget(MetricLabel(self.label, self.text(replaced.name)))
        }
        if let known = self.sets[id] { return known }
        let text = id == BoundedNames<Name>.other ? SeriesOfNames.others : self.text(name)
        let new = (name: text, series: SeriesSet(of: self.metrics))
        self.sets[id] = new
        return new
    }
}
