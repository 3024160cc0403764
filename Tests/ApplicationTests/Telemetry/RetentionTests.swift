import Domain
import TestSupport
import Testing

@testable import Application

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("What is kept for a time")
struct RetentionTests {
    private let clock = ManualClock()
    private let ledger = MemoryLedger()
    private let calls = RecordedValues<Int>()

    private func retention(days: Int) -> Retention {
        let pace = Retention.Pace(keep: .seconds(86_400 * days), interval: .seconds(3600), batch: 2000)
        return Retention(pace, clock: self.clock) { [ledger = self.ledger, calls = self.calls] instant, limit in
            calls.add(limit)
            return try await ledger.removeRecords(before: instant, atMost: limit)
        }
    }

    @Test("Old records go, in pieces that do not hold up others, and young ones stay")
    func pieces() async throws {
        self.clock.advance(by: .seconds(86_400 * 500))
        let old = (0..<4500).map { usageRecord("old\($0)", at: Date(timeIntervalSince1970: Double($0))) }
        let young = usageRecord("young", at: Date(timeIntervalSince1970: 86_400 * 100.5))
        try await self.ledger.append(old + [young])
        await self.retention(days: 400).removeOld()
        #expect(self.ledger.ids == ["young"])
        #expect(self.calls.values == [2000, 2000, 2000])
    }

    @Test("It looks at the start and then once in an interval")
    func looks() async throws {
        try await self.ledger.append([usageRecord("old")])
        await withTaskGroup(of: Void.self) { group in
            let retention = self.retention(days: 1)
            group.addTask { await retention.run() }
            await self.clock.untilSleeping(1)
            #expect(self.calls.values.count == 1 && self.ledger.ids == ["old"])
            self.clock.advance(by: .seconds(86_401))
            await self.clock.untilSleeping(1)
            #expect(self.calls.values.count == 2 && self.ledger.ids.isEmpty)
            group.cancelAll()
        }
    }
}
