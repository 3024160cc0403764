/// Takes the faults of a value, up to a limit.
struct FaultSink {
    private let limit: Int
    private(set) var faults: [FieldFault] = []

    init(limit: Int) {
        self.limit = limit
    }

    /// Whether nothing more is noted.
    var isFull: Bool { self.faults.count >= self.limit }

    mutating func add(_ pointer: String, _ detail: String) {
        guard !self.isFull else { return }
        self.faults.append(FieldFault(pointer: pointer, detail: detail))
    }
}
