/// Some engines, in the order of their places.
///
/// There are few of them: a search is faster than a table.
struct EngineSet: Sendable, Equatable {
    private let members: [EngineIndex]

    init(_ engines: [EngineIndex]) {
        self.members = Set(engines).sorted()
    }

    @inline(__always)
    func contains(_ engine: EngineIndex) -> Bool {
        self.members.contains(engine)
    }
}

extension EngineSet: RandomAccessCollection {
    var startIndex: Int { self.members.startIndex }
    var endIndex: Int { self.members.endIndex }

    subscript(place: Int) -> EngineIndex { self.members[place] }
}
