import TestSupport
import Testing

@testable import Application

@Suite("The gate with room for so much")
struct WeightedGateTests {
    @Test("It lets in what has room, first come first served, and forgets who leaves the line", .timeLimit(.minutes(1)))
    func order() async throws {
        let gate = WeightedGate(capacity: 3)
        try await gate.enter(2)
        let log = Shared<[String]>([])
        let large = Task {
            try await gate.enter(3)
            log.change { $0.append("large") }
        }
        while gate.load.waiting < 1 { await Task.yield() }
        let small = Task {
            try await gate.enter(1)
            log.change { $0.append("small") }
        }
        while gate.load.waiting < 2 { await Task.yield() }
        large.cancel()
        await #expect(throws: CancellationError.self) { try await large.value }
        try await small.value
        #expect(log.value == ["small"])
        #expect(gate.load == (3, 0))
        gate.leave(2)
        gate.leave(1)
        #expect(gate.load == (0, 0))
    }

    @Test(
        "However many come and leave, there is never more in it than fits, and it is empty in the end",
        .timeLimit(.minutes(1))
    )
    func random() async throws {
        let gate = WeightedGate(capacity: 10)
        let inside = Shared((now: 0, most: 0))
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<200 {
                let task = Task {
                    let weight = 1 + index % 10
                    try await gate.enter(weight)
                    inside.change {
                        $0.now += weight
                        $0.most = max($0.most, $0.now)
                    }
                    await Task.yield()
                    inside.change { $0.now -= weight }
                    gate.leave(weight)
                }
                if index % 3 == 0 { task.cancel() }
                group.addTask { _ = await task.result }
            }
        }
        #expect(inside.value.most <= 10)
        #expect(gate.load == (0, 0))
    }
}
