import Application
import Domain
import Foundation
import Synchronization

/// Keeps answers for a test, and can be broken.
final class MemoryIdempotencyStore: IdempotencyStore {
    struct Broken: Error {}

    private struct State {
        var records: [IdempotencyRecord] = []
        var isBroken = false
        var bounds: IdempotencyBounds?
    }

    private let state = Mutex(State())

    var records: [IdempotencyRecord] { self.state.withLock(\.records) }
    var bounds: IdempotencyBounds? { self.state.withLock(\.bounds) }

    func breakDown(_ isBroken: Bool = true) { self.state.withLock { $0.isBroken = isBroken } }

    func record(of key: IdempotencyKey, in project: ProjectName) async throws -> IdempotencyRecord? {
        try self.state.withLock { state in
            if state.isBroken { throw Broken() }
            return state.records.last { $0.key == key && $0.project == project }
        }
    }

    func save(_ record: IdempotencyRecord, within bounds: IdempotencyBounds) async throws {
        try self.state.withLock { state in
            if state.isBroken { throw Broken() }
            state.bounds = bounds
            state.records.append(record)
        }
    }

    func removeRecords(before instant: Date, atMost limit: Int) async throws -> Int {
        self.state.withLock { state in
            var removed = 0
            state.records.removeAll { record in
                guard record.createdAt < instant, removed < limit else { return false }
                removed += 1
                return true
            }
            return removed
        }
    }
}

/// Adds up bytes: different enough for a test.
struct SumDigest: DigestFunction {
    func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] { [bytes.reduce(0, &+)] }
}
