import Domain
import Synchronization
import TestSupport
import Testing

@testable import Application

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("The runner of stored batches")
final class BatchRunnerTests: Sendable {
    /// Answers items as a test says, and counts how many are on their way.
    private final class Items: BatchItemRunner {
        /// What happens to an item.
        enum Act: Sendable {
            case answer
            case fail(ServiceError)
            /// Nothing until the test lets it go or it is cancelled.
            case hang
        }

        private struct State {
            var running = 0
            var peak = 0
            var asked: [BatchItemRequest] = []
            var waiters: [CheckedContinuation<Void, Never>] = []
        }

        let paths: Set<String> = ["/v1/chat/completions"]
        let act: @Sendable (BatchItemRequest, Int) -> Act
        private let state = Mutex(State())

        init(_ act: @escaping @Sendable (BatchItemRequest, Int) -> Act) { self.act = act }

        var asked: [BatchItemRequest] { self.state.withLock(\.asked) }
        var peak: Int { self.state.withLock(\.peak) }
        var running: Int { self.state.withLock(\.running) }

        /// Lets go what hangs.
        func letGo() {
            let waiters = self.state.withLock { state in
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }

        func run(_ item: BatchItemRequest) async -> BatchItemAnswer {
            let attempt = self.state.withLock { state in
                state.running += 1
                state.peak = max(state.peak, state.running)
                state.asked.append(item)
                return state.asked.count { $0.requestID == item.requestID }
            }
            defer { self.state.withLock { $0.running -= 1 } }
            switch self.act(item, attempt) {
            case .answer: break
            case .fail(let error):
                return BatchItemAnswer(requestID: item.requestID, status: 502, body: Array("{}".utf8), error: error)
            case .hang:
                await withTaskCancellationHandler {
                    await withCheckedContinuation { waiter in
                        let isOver = self.state.withLock { state in
                            if !Task.isCancelled { state.waiters.append(waiter) }
                            return Task.isCancelled
                        }
                        if isOver { waiter.resume() }
                    }
                } onCancel: {
                    self.letGo()
                }
                if Task.isCancelled {
                    return BatchItemAnswer(requestID: item.requestID, status: 499, body: [], error: .callerLeft)
                }
            }
            let usage = TokenUsage(promptTokens: 1, completionTokens: 2)
            return BatchItemAnswer(requestID: item.requestID, status: 200, body: Array("{}".utf8), usage: usage)
        }
    }

    private let queue = MemoryBatchQueue()
    private let clock = ManualClock()
    private let metrics = RecordingMetrics()
    private let bell = BatchBell()
    private let ended = Mutex<[BatchID]>([])
    private let trouble = Mutex(0)

    /// Runs a test while the runner runs, before one engine with so many slots for the model `m`.
    private func run(_ items: Items, slots: Int = 2, _ test: (BatchRunner) async throws -> Void) async throws {
        let engine = ScriptedEngine()
        engine.answers(
            EngineReport(
                version: "1",
                models: [ModelInfo(name: try ModelName("m"), engineName: "m", capabilities: [.completion])],
                loaded: [],
                slots: nil
            )
        )
        let directory = EngineDirectory(clock: self.clock) { _ in }
        directory.register(engine, limits: EngineLimits(parallel: slots))
        let monitor = EngineMonitor(directory: directory, clock: self.clock, interval: .seconds(2))
        let runner = BatchRunner(
            BatchRunner.Parts(
                store: self.queue,
                items: items,
                directory: directory,
                bell: self.bell,
                clock: self.clock,
                metrics: self.metrics,
                project: { Project(name: $0) },
                onEnd: { ids in self.ended.withLock { $0 += ids } },
                onTrouble: { _ in self.trouble.withLock { $0 += 1 } }
            ),
            settings: .init(attempts: 3)
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await monitor.run() }
            await monitor.refresh()
            let isOver = Shared(false)
            group.addTask {
                await runner.run()
                isOver.change { $0 = true }
            }
            do {
                try await test(runner)
            } catch {
                runner.stop()
                group.cancelAll()
                throw error
            }
            runner.stop()
            // Nothing but time may be what it waits for.
            try await self.passing { isOver.value }
            group.cancelAll()
        }
    }

    /// Waits for a condition while time passes.
    private func passing(_ condition: () -> Bool, _ location: SourceLocation = #_sourceLocation) async throws {
        for _ in 0..<20_000 where !condition() {
            self.clock.advance(by: .milliseconds(50))
            for _ in 0..<20 { await Task.yield() }
        }
        try #require(condition(), sourceLocation: location)
    }

    @Test("It runs all items of all batches, never more at once than twice the slots, and says which batches ended")
    func all() async throws {
        let first = try self.queue.add(40, to: "one")
        let second = try self.queue.add(25, to: "two", of: "q")
        let items = Items { _, _ in .answer }
        try await self.run(items) { _ in
            try await self.passing { self.queue.done == 65 }
            #expect(self.queue.count(.done(status: 200)) == 65)
            #expect(items.peak <= 4 && items.asked.count == 65)
            try await self.passing { self.ended.withLock { Set($0) } == [first, second] }
        }
        let one = try #require(items.asked.first { $0.requestID.description.hasSuffix("one-1") })
        #expect(one.isBackground && one.requestClass == .batch && one.path == "/v1/chat/completions")
        #expect(one.body["n"] != nil)
    }

    @Test("An engine's failure is tried again, a bad request is not, and neither stops the others")
    func failures() async throws {
        try self.queue.add(10, to: "one")
        let items = Items { item, attempt in
            switch item.body["n"] {
            case .number(JSONNumber(3))?: .fail(ServiceError(.engineError, "x"))
            case .number(JSONNumber(4))?: attempt < 3 ? .fail(ServiceError(.engineError, "x")) : .answer
            case .number(JSONNumber(5))?: .fail(ServiceError(.invalidRequest, "x"))
            default: .answer
            }
        }
        try await self.run(items) { _ in
            try await self.passing { self.queue.done == 10 }
            #expect(self.queue.count(.done(status: 200)) == 8 && self.queue.count(.done(status: 502)) == 2)
            let attempts = Dictionary(grouping: items.asked) { $0.requestID.description }.mapValues(\.count)
            try await self.passing { self.metrics.count(.batchItemsEnded, "") == 10 }
            #expect(self.metrics.count(.batchItemsEnded, "completed") == 8)
            #expect(self.metrics.count(.batchItemsEnded, "failed") == 2)
            #expect(attempts["batch_one-4"] == 3 && attempts["batch_one-5"] == 3 && attempts["batch_one-6"] == 1)
        }
    }

    @Test("While no engine answers everything waits and nothing fails")
    func noEngine() async throws {
        try self.queue.add(6, to: "one")
        let isAway = Mutex(true)
        let items = Items { _, _ in
            isAway.withLock { $0 } ? .fail(ServiceError(.engineUnavailable, "x", retryAfter: .seconds(2))) : .answer
        }
        try await self.run(items) { _ in
            try await self.passing { items.asked.count >= 60 }
            #expect(self.queue.done == 0)
            isAway.withLock { $0 = false }
            try await self.passing { self.queue.done == 6 }
            #expect(self.queue.count(.done(status: 200)) == 6)
        }
    }

    @Test("A project at its limits waits, its items are not failed, and another project's go on")
    func limits() async throws {
        try self.queue.add(3, to: "one", of: "limited")
        try self.queue.add(30, to: "two", of: "free")
        let start = self.clock.now
        let items = Items { [clock] item, _ in
            guard item.project.name.description == "limited", clock.now - start < .seconds(300) else { return .answer }
            return .fail(ServiceError(.rateLimited, "x", retryAfter: .seconds(60)))
        }
        try await self.run(items) { _ in
            try await self.passing { self.queue.done == 30 }
            #expect(self.clock.now - start < .seconds(300))
            try await self.passing { self.queue.done == 33 }
            #expect(self.queue.count(.done(status: 200)) == 33)
            let refused = items.asked.count { $0.project.name.description == "limited" }
            #expect(refused < 40, "\(refused) attempts")
        }
    }

    @Test("What is paused or cancelled stops, is given back, and goes on when it is resumed", arguments: [true, false])
    func steering(pauses: Bool) async throws {
        let id = try self.queue.add(20, to: "one")
        let hangs = Mutex(true)
        let items = Items { _, _ in hangs.withLock { $0 } ? .hang : .answer }
        try await self.run(items) { _ in
            try await self.passing { items.running == 4 }
            let now = self.clock.wallTime
            try self.queue.change(id) { if pauses { try $0.pause(at: now) } else { try $0.cancel(at: now) } }
            self.bell.ringRunner()
            try await self.passing { self.queue.count(.waiting) == 20 }
            #expect(items.running == 0)
            hangs.withLock { $0 = false }
            guard pauses else { return }
            try self.queue.change(id) { try $0.resume(at: now) }
            self.bell.ringRunner()
            try await self.passing { self.queue.done == 20 }
        }
    }

    @Test("Stopped, it gives back what runs, keeps what has ended, and comes to its end")
    func stop() async throws {
        try self.queue.add(20, to: "one")
        let items = Items { item, _ in item.body["n"] == .number(JSONNumber(0)) ? .answer : .hang }
        try await self.run(items) { _ in
            try await self.passing { items.running == 4 }
        }
        #expect(self.queue.count(.claimed) == 0)
        #expect(self.queue.done == 1 && self.queue.count(.waiting) == 19)
    }

    @Test("While the store fails nothing is lost, and nothing new is begun")
    func store() async throws {
        try self.queue.add(20, to: "one")
        let items = Items { _, _ in .hang }
        try await self.run(items) { _ in
            try await self.passing { items.running == 4 }
            self.queue.breaks(true)
            items.letGo()
            try await self.passing { self.trouble.withLock { $0 } > 5 }
            #expect(items.asked.count == 4)
            self.queue.breaks(false)
            try await self.passing { self.queue.done == 4 && items.running == 4 }
        }
    }
}
