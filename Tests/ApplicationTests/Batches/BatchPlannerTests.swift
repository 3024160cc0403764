import Domain
import Testing

@testable import Application

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Who of stored batches gets the next ticket")
struct BatchPlannerTests {
    private let start = MonotonicInstant(nanoseconds: 0)

    private func work(
        _ batch: String,
        of project: String = "p",
        model: String = "m",
        waiting: Int = 1000,
        deadline: Double = 100
    ) throws -> BatchWork {
        BatchWork(
            batch: BatchID(generated: batch),
            project: try ProjectName(project),
            endpoint: .chatCompletions,
            model: model,
            waiting: waiting,
            createdAt: Date(timeIntervalSince1970: 0),
            expiresAt: Date(timeIntervalSince1970: deadline)
        )
    }

    private func planner(
        _ work: [BatchWork],
        slots: [String: Int],
        total: Int,
        weights: [String: Double] = [:]
    ) -> BatchPlanner {
        var planner = BatchPlanner()
        planner.update(work) { weights[$0.description] ?? 1 }
        planner.update(slots: slots, total: total)
        return planner
    }

    /// Takes tickets until there are no more.
    private func all(_ planner: inout BatchPlanner, at now: MonotonicInstant? = nil) -> [BatchPlanner.Lot] {
        var lots: [BatchPlanner.Lot] = []
        while let lot = planner.next(at: now ?? self.start) { lots.append(lot) }
        return lots
    }

    @Test("There are twice as many tickets as slots, and one for each model with work, whether it has slots or not")
    func counts() throws {
        var planner = self.planner(
            [try self.work("a"), try self.work("b", model: "n"), try self.work("c", model: "gone")],
            slots: ["m": 4, "n": 4],
            total: 4
        )
        let lots = self.all(&planner)
        #expect(lots.count == 8)
        #expect(lots.prefix(3).map(\.model).sorted() == ["gone", "m", "n"], "each model first gets one")
        #expect(lots.count { $0.model == "gone" } == 1)
        #expect(planner.running == 8)
    }

    @Test(
        "More models with work than slots have one ticket each, and a ticket that ends makes room for one of its model"
    )
    func manyModels() throws {
        let work = try (0..<10).map { try self.work("b\($0)", model: "m\($0)") }
        var planner = self.planner(work, slots: Dictionary(uniqueKeysWithValues: work.map { ($0.model, 1) }), total: 1)
        let lots = self.all(&planner)
        #expect(Set(lots.map(\.model)).count == 10 && lots.count == 10)
        planner.ended(lots[4])
        #expect(self.all(&planner) == [lots[4]], "no model is swapped for the sake of another batch")
    }

    @Test("Of one model projects take turns by weight, however long their batches are")
    func fairness() throws {
        var planner = self.planner(
            [
                try self.work("a", of: "large", waiting: 40_000, deadline: 1), try self.work("b", of: "small"),
                try self.work("c", of: "heavy"),
            ],
            slots: ["m": 1],
            total: 1,
            weights: ["heavy": 2]
        )
        var given: [String: Int] = [:]
        for _ in 0..<400 {
            let lots = self.all(&planner)
            for lot in lots {
                given[lot.project.description, default: 0] += 1
                planner.ended(lot)
            }
        }
        #expect(given == ["large": 200, "small": 200, "heavy": 400])
    }

    @Test("A project that comes later does not make up for what it did not want before")
    func late() throws {
        var planner = self.planner([try self.work("a", of: "early")], slots: ["m": 1], total: 1)
        for _ in 0..<100 { for lot in self.all(&planner) { planner.ended(lot) } }
        planner.update([try self.work("a", of: "early"), try self.work("b", of: "late")]) { _ in 1 }
        var given: [String: Int] = [:]
        for _ in 0..<10 {
            for lot in self.all(&planner) {
                given[lot.project.description, default: 0] += 1
                planner.ended(lot)
            }
        }
        #expect(given["early"] == 10 && given["late"] == 10)
    }

    @Test("A project's batches go by their deadlines, then by their age")
    func deadlines() throws {
        var planner = self.planner(
            [
                try self.work("late", waiting: 2, deadline: 300), try self.work("soon", waiting: 2, deadline: 100),
                try self.work("later", waiting: 2, deadline: 400),
            ],
            slots: ["m": 3],
            total: 3
        )
        let names = self.all(&planner).map(\.batch.description)
        #expect(names == ["soon", "soon", "late", "late", "later", "later"].map { "batch_\($0)" })
    }

    @Test("A project whose limits are reached waits until its time, and the others go on")
    func held() throws {
        var planner = self.planner(
            [try self.work("a", of: "held"), try self.work("b", of: "free", waiting: 1)],
            slots: ["m": 2],
            total: 2
        )
        let until = self.start.advanced(by: .seconds(30))
        planner.hold(try ProjectName("held"), until: until)
        #expect(self.all(&planner).map(\.project.description) == ["free"])
        #expect(planner.nextRelease(after: self.start) == until)
        #expect(self.all(&planner, at: until).count == 3)
        #expect(planner.nextRelease(after: until) == nil)
    }

    @Test("What comes back is chosen again, and what is not there is not")
    func returned() throws {
        var planner = self.planner([try self.work("a", waiting: 2)], slots: ["m": 4], total: 4)
        let lots = self.all(&planner)
        #expect(lots.count == 2 && self.all(&planner).isEmpty)
        planner.returned(lots[0])
        #expect(self.all(&planner) == [lots[0]])
        planner.ended(lots[0])
        planner.returned(lots[1])
        planner.exhausted(lots[1])
        #expect(self.all(&planner).isEmpty && planner.running == 0)
    }
}
