import Application
import Synchronization

/// Ids that are numbers, one after the other.
final class CountedIDs: IDGenerator {
    private let count = Mutex(0)

    func next() -> String {
        let number = self.count.withLock { count in
            count += 1
            return String(count)
        }
        return String(repeating: "0", count: 24 - number.count) + number
    }
}
