import Application
import Domain
import Testing

@Suite("Which models leave the memory")
struct MemoryPolicyTests {
    private func model(
        _ name: String,
        idle: Int,
        overdue: Int? = nil,
        isInUse: Bool = false,
        isPinned: Bool = false,
        bytes: Int = 1
    ) throws -> ResidentModel {
        ResidentModel(
            name: try ModelName(name),
            isInUse: isInUse,
            isPinned: isPinned,
            idle: .seconds(idle),
            overdue: overdue.map { .seconds($0) },
            bytes: bytes
        )
    }

    private func unload(_ models: [ResidentModel], isShort: Bool = false) -> [String] {
        MemoryPolicy().unload(models, isShort: isShort).map(\.spelling)
    }

    @Test("Predecessor 5: several models in memory are no reason to unload any: only one idle beyond its time goes")
    func predecessor() throws {
        #expect(
            try self.unload([self.model("a", idle: 5), self.model("b", idle: 250), self.model("c", idle: 0)]) == []
        )
        let models = try [self.model("a", idle: 400, overdue: 100), self.model("b", idle: 250)]
        #expect(self.unload(models) == ["a"])
        #expect(
            try self.unload([self.model("a", idle: 310, overdue: 10)]) == [],
            "the engine has a moment for it itself"
        )
    }

    @Test("Predecessor 5: a model in use, or pinned, is never unloaded", arguments: [false, true])
    func inUse(isShort: Bool) throws {
        let models = try [
            self.model("a", idle: 1000, overdue: 1000, isInUse: true),
            self.model("b", idle: 1000, overdue: 1000, isPinned: true),
        ]
        #expect(self.unload(models, isShort: isShort) == [])
    }

    @Test("Where memory is short one model goes, that which nobody has used for longest; of several the largest")
    func leastValuable() throws {
        let models = try [
            self.model("new", idle: 40), self.model("old", idle: 90, bytes: 1),
            self.model("oldAndLarge", idle: 90, bytes: 9),
            self.model("used", idle: 0, isInUse: true),
        ]
        #expect(self.unload(models, isShort: true) == ["oldAndLarge"])
        #expect(try self.unload([self.model("just", idle: 10)], isShort: true) == [], "it would be back at once")
    }
}
