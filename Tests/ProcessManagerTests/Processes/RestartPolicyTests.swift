import Testing

@testable import ProcessManager

struct RestartPolicyTests {
    private func delays(_ count: Int, random: Double, readyFor: Duration? = nil) -> [Duration] {
        var ledger = RestartLedger(policy: RestartPolicy())
        return (0..<count).compactMap { _ in
            if case .restart(let delay) = ledger.died(readyFor: readyFor, random: random) { delay } else { nil }
        }
    }

    @Test func doublesFromHalfASecondToFiveSeconds() {
        let expected: [Double] = [0.5, 1, 2, 4, 5, 5, 5, 5, 5]
        #expect(self.delays(9, random: 0.5) == expected.map { .seconds($0) })
    }

    @Test func jitterIsAFifthEitherWay() {
        #expect(self.delays(1, random: 0) == [.seconds(0.4)])
        #expect(self.delays(1, random: 0.999_999)[0] < .seconds(0.6))
    }

    @Test func whatWasReadyIsBackWithinFiveSeconds() {
        #expect(self.delays(50, random: 0.999, readyFor: .seconds(1)).allSatisfy { $0 < .seconds(4) })
    }

    @Test func whatWasReadyForAWhileStartsAfresh() {
        var ledger = RestartLedger(policy: RestartPolicy())
        for _ in 0..<5 { _ = ledger.died(readyFor: nil, random: 0.5) }
        #expect(ledger.died(readyFor: .seconds(60), random: 0.5) == .restart(after: .seconds(0.5)))
    }

    @Test func theTenthDeathInARowIsACrashLoop() {
        var ledger = RestartLedger(policy: RestartPolicy())
        for _ in 0..<9 {
            guard case .restart = ledger.died(readyFor: nil, random: 0.5) else {
                Issue.record("a crash loop too early")
                return
            }
        }
        #expect(ledger.died(readyFor: nil, random: 0.5) == .crashLoop(retryAfter: .seconds(300)))
        #expect(ledger.died(readyFor: nil, random: 0.5) == .crashLoop(retryAfter: .seconds(300)))
        // Being ready once ends it.
        guard case .restart = ledger.died(readyFor: .seconds(1), random: 0.5) else {
            Issue.record("still a crash loop")
            return
        }
    }

    @Test func aHundredThousandDeathsOverflowNothing() {
        var ledger = RestartLedger(policy: RestartPolicy())
        for _ in 0..<100_000 { _ = ledger.died(readyFor: .zero, random: 1) }
        #expect(ledger.died(readyFor: .zero, random: 0.5) == .restart(after: .seconds(3)))
    }
}
