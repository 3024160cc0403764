import Synchronization

/// Adds up lengths.
final class ByteCounter: Sendable {
    private let total = Atomic(0)

    /// Adds a length and returns the sum.
    func add(_ count: Int) -> Int {
        self.total.add(count, ordering: .relaxed).newValue
    }
}
