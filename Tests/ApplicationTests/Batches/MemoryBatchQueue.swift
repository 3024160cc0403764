import Application
import Domain
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Items of batches in memory, for a test to look at.
final class MemoryBatchQueue: BatchItemQueue {
    /// Where an item is.
    enum Place: Equatable {
        case waiting
        case claimed
        case done(status: Int)
    }

    private struct Item {
        let batch: BatchID
        let model: String
        let body: [UInt8]
        var place = Place.waiting
    }

    private struct State {
        var batches: [BatchID: Batch] = [:]
        var items: [Int64: Item] = [:]
        var failure: (any Error)?
        var records = 0
    }

    /// The store fails.
    struct Broken: Error {}

    private let state = Mutex(State())

    /// How many items are in a place.
    func count(_ place: Place) -> Int {
        self.state.withLock { state in state.items.values.count { $0.place == place } }
    }

    /// How many items have an outcome.
    var done: Int {
        self.state.withLock { state in
            state.items.values.count { if case .done = $0.place { true } else { false } }
        }
    }

    /// How often outcomes were recorded.
    var records: Int { self.state.withLock(\.records) }

    /// Lets every call fail, or none.
    func breaks(_ isBroken: Bool) { self.state.withLock { $0.failure = isBroken ? Broken() : nil } }

    /// Makes a batch that runs.
    @discardableResult
    func add(_ count: Int, to name: String, of project: String = "p", model: String = "m") throws -> BatchID {
        let project = try ProjectName(project)
        let window = try BatchWindow("24h", maxDays: 30)
        return self.state.withLock { state in
            let id = BatchID(generated: name)
            var batch = Batch(
                id: id,
                project: project,
                endpoint: .chatCompletions,
                inputFile: FileID(generated: name),
                window: window,
                createdAt: Date(timeIntervalSince1970: 0)
            )
            batch.begin(items: count, at: Date(timeIntervalSince1970: 0))
            state.batches[id] = batch
            for _ in 0..<count {
                let body = Array("{\"model\":\"\(model)\",\"n\":\(state.items.count)}".utf8)
                state.items[Int64(state.items.count)] = Item(batch: id, model: model, body: body)
            }
            return id
        }
    }

    /// Moves a batch.
    func change(_ id: BatchID, _ move: (inout Batch) throws -> Void) rethrows {
        try self.state.withLock { state in
            guard var batch = state.batches[id] else { return }
            try move(&batch)
            state.batches[id] = batch
        }
    }

    // MARK: The port

    func batch(_ id: BatchID) async throws -> Batch? {
        try self.checked { $0.batches[id] }
    }

    func work(atMost limit: Int) async throws -> [BatchWork] {
        try self.checked { state in
            var counts: [BatchID: [String: Int]] = [:]
            for item in state.items.values where item.place == .waiting {
                counts[item.batch, default: [:]][item.model, default: 0] += 1
            }
            return counts.flatMap { id, models -> [BatchWork] in
                guard let batch = state.batches[id], batch.mayRun else { return [] }
                return models.map { model, waiting in
                    BatchWork(
                        batch: id,
                        project: batch.project,
                        endpoint: batch.endpoint,
                        model: model,
                        waiting: waiting,
                        createdAt: batch.createdAt,
                        expiresAt: batch.expiresAt
                    )
                }
            }
        }
    }

    func claim(_ batch: BatchID, model: String, atMost limit: Int) async throws -> [BatchItem] {
        try self.checked { state in
            guard state.batches[batch]?.mayRun ?? false else { return [] }
            let numbers = state.items.filter {
                $0.value.batch == batch && $0.value.model == model && $0.value.place == .waiting
            }.keys.sorted().prefix(limit)
            return numbers.compactMap { number in
                state.items[number]?.place = .claimed
                guard let item = state.items[number] else { return nil }
                return BatchItem(
                    id: BatchItem.ID(number),
                    batch: batch,
                    line: Int(number) + 1,
                    customID: "c\(number)",
                    body: item.body
                )
            }
        }
    }

    func record(_ results: [BatchResult], at now: Date) async throws -> [BatchID] {
        try self.checked { state in
            state.records += 1
            var ended: Set<BatchID> = []
            for result in results {
                guard case .claimed? = state.items[result.item.number]?.place else { continue }
                var status = 0
                if case .answered(let told, _, _) = result.outcome { status = told }
                state.items[result.item.number]?.place = .done(status: status)
                guard let id = state.items[result.item.number]?.batch else { continue }
                state.batches[id]?.note(result.outcome, usage: result.usage, wasRunning: true)
                state.batches[id]?.settle(at: now)
                if state.batches[id]?.status.isEnd ?? false { ended.insert(id) }
            }
            return Array(ended)
        }
    }

    func release(_ items: [BatchItem.ID]) async throws {
        try self.checked { state in
            for item in items where state.items[item.number]?.place == .claimed {
                state.items[item.number]?.place = .waiting
            }
        }
    }

    private func checked<Result>(_ body: (inout State) throws -> Result) throws -> Result {
        try self.state.withLock { state in
            if let failure = state.failure { throw failure }
            return try body(&state)
        }
    }
}
