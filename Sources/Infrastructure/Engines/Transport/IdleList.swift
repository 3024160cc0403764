import NIOCore

/// What nobody uses just now: the one that was used last is used again first, so that after a burst the others grow old.
struct IdleList<Element> {
    /// How many are kept: where as many requests are under way, their answers may all come at once, and as many go out again.
    static var limit: Int { 1024 }
    /// What was idle for longer is not used again.
    static var longest: TimeAmount { .seconds(60) }

    private var entries: [(element: Element, since: NIODeadline)] = []

    init() {}

    /// All of them.
    var elements: [Element] { self.entries.map(\.element) }

    /// Adds one that is idle from now on.
    ///
    /// - Returns: one that is to go, because it is one too many or has been idle for too long.
    mutating func keep(_ element: Element, at now: NIODeadline) -> Element? {
        self.entries.append((element, now))
        let isOld = self.entries[0].since + Self.longest < now
        return isOld || self.entries.count > Self.limit ? self.entries.removeFirst().element : nil
    }

    /// Takes out the one that was used last, and tells whether it has been idle for too long.
    mutating func takeLast(at now: NIODeadline) -> (element: Element, isOld: Bool)? {
        self.entries.popLast().map { ($0.element, $0.since + Self.longest < now) }
    }
}
