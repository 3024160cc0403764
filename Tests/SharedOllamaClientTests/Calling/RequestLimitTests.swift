import TestSupport
import Testing

@testable import SharedOllamaClient

@Suite("The bound of requests at once")
struct RequestLimitTests {
    private static func untilWaiting(_ count: Int, _ limit: RequestLimit) async {
        while limit.waiting != count { await Task.yield() }
    }

    @Test("lets those go on first who came first")
    func order() async throws {
        let limit = RequestLimit(1)
        let order = Shared<[Int]>([])
        var permit: RequestLimit.Permit? = try await limit.enter()
        let tasks = await withTaskGroup(of: Void.self, returning: [Task<Void, any Error>].self) { _ in
            var tasks: [Task<Void, any Error>] = []
            for number in 0..<20 {
                tasks.append(
                    Task {
                        let permit = try await limit.enter()
                        order.change { $0.append(number) }
                        withExtendedLifetime(permit) {}
                    }
                )
                await Self.untilWaiting(number + 1, limit)
            }
            return tasks
        }
        withExtendedLifetime(permit) { permit = nil }
        for task in tasks { try await task.value }
        #expect(order.value == Array(0..<20))
        #expect(limit.free == 1 && limit.waiting == 0)
    }

    @Test("holds, and comes back to what it was, after any mix of ends and cancellations")
    func mix() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let limit = RequestLimit(3)
        let inside = Shared((now: 0, most: 0))
        var random = SeededRandom(seed: seed)
        var tasks: [Task<Void, any Error>] = []
        for _ in 0..<400 {
            let steps = Int.random(in: 0..<5, using: &random)
            tasks.append(
                Task {
                    let permit = try await limit.enter()
                    inside.change { state in
                        state.now += 1
                        state.most = max(state.most, state.now)
                    }
                    for _ in 0..<steps { await Task.yield() }
                    inside.change { $0.now -= 1 }
                    withExtendedLifetime(permit) {}
                }
            )
            if Bool.random(using: &random) { tasks.randomElement(using: &random)?.cancel() }
            if Bool.random(using: &random) { await Task.yield() }
        }
        for task in tasks { _ = await task.result }
        #expect(inside.value.most <= 3 && inside.value.most > 0, "seed \(seed)")
        #expect(limit.free == 3 && limit.waiting == 0, "seed \(seed)")
    }

    @Test("does not let a cancelled task in, and its place in line goes to the next")
    func cancelled() async throws {
        let limit = RequestLimit(1)
        var permit: RequestLimit.Permit? = try await limit.enter()
        let first = Task { _ = try await limit.enter() }
        await Self.untilWaiting(1, limit)
        let second = Task { _ = try await limit.enter() }
        await Self.untilWaiting(2, limit)
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(limit.waiting == 1)
        withExtendedLifetime(permit) { permit = nil }
        try await second.value
        #expect(limit.free == 1)
    }

    @Test("is at least one")
    func smallest() {
        #expect(RequestLimit(0).free == 1 && RequestLimit(-5).free == 1)
    }
}
