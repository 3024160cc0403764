import Application
import Domain
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Who calls")
struct ProjectRegistryTests {
    private let clock = ManualClock()
    private let hashing = PlainHashing()

    private func registry(
        _ projects: [(Project, [String])] = [],
        places: Int = 64,
        isLocal: Bool = true,
        allowsAnonymous: Bool = false
    ) -> ProjectRegistry {
        ProjectRegistry(
            self.settings(projects, places: places, isLocal: isLocal, allowsAnonymous: allowsAnonymous),
            hashing: self.hashing,
            clock: self.clock
        )
    }

    private func settings(
        _ projects: [(Project, [String])],
        places: Int = 64,
        isLocal: Bool = true,
        allowsAnonymous: Bool = false
    ) -> ProjectRegistry.Settings {
        ProjectRegistry.Settings(
            projects: projects.map { .init(project: $0.0, keyHashes: $0.1.map(self.hashing.hash)) },
            maxUnregistered: places,
            allowsAnonymous: allowsAnonymous,
            isLocal: isLocal
        )
    }

    private func stored(_ name: String, _ key: String, role: Project.Role? = nil) throws -> StoredKey {
        StoredKey(
            project: try ProjectName(name),
            hash: self.hashing.hash(of: key),
            role: role,
            createdAt: Date(timeIntervalSince1970: 0)
        )
    }

    private func code(_ body: () throws -> Caller) -> ServiceError.Code? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? ServiceError)?.code
        }
    }

    @Test("Without keys everybody on loopback is the project that it names, an admin without limits")
    func withoutKeys() throws {
        let registry = self.registry()
        let caller = try registry.caller(named: try ProjectName("a"), isOnLoopback: true)
        #expect(caller == Caller(project: Project(name: try ProjectName("a"), role: .admin), hasKey: false))
        #expect(try registry.caller(named: nil, isOnLoopback: true).project.name == .default)
    }

    @Test("Callers without a key from beyond loopback are users, and only where that is allowed")
    func beyondLoopback() throws {
        let open = self.registry(isLocal: false, allowsAnonymous: true)
        #expect(try open.caller(named: nil, isOnLoopback: false).project.role == .user)
        let closed = self.registry(isLocal: false)
        #expect(self.code { try closed.caller(named: nil, isOnLoopback: true) } == .unauthenticated)
    }

    @Test("With any key a key is required, and it alone decides the project")
    func withKeys() throws {
        let project = Project(name: try ProjectName("a"), weight: 3, priority: .batch)
        let registry = self.registry([(project, ["one", "two"])], allowsAnonymous: true)
        #expect(try registry.caller(key: "one") == Caller(project: project, hasKey: true))
        #expect(try registry.caller(key: "two").project == project)
        #expect(self.code { try registry.caller(key: "three") } == .unauthenticated)
        #expect(self.code { try registry.caller(key: "") } == .unauthenticated)
        #expect(self.code { try registry.caller(named: nil, isOnLoopback: true) } == .unauthenticated)
    }

    @Test("A key of the database counts as soon as it is known and no longer once it is gone")
    func storedKeys() throws {
        let registry = self.registry([(Project(name: try ProjectName("a"), weight: 3), [])])
        registry.replace([try self.stored("a", "k1"), try self.stored("new", "k2", role: .admin)])
        let known = try registry.caller(key: "k1").project
        #expect(known.weight == 3 && known.role == .user)
        let new = try registry.caller(key: "k2").project
        #expect(new.name.description == "new" && new.role == .admin)
        registry.replace([try self.stored("a", "k1")])
        #expect(self.code { try registry.caller(key: "k2") } == .unauthenticated)
        // What is read anew from the settings leaves the keys of the database alone.
        registry.replace(self.settings([(Project(name: try ProjectName("a"), weight: 5), [])]))
        #expect(try registry.caller(key: "k1").project.weight == 5)
    }

    @Test("When the last key is revoked beyond loopback, the door does not open")
    func lastKey() throws {
        let registry = self.registry(isLocal: false)
        registry.replace([try self.stored("a", "k1")])
        registry.replace([])
        #expect(registry.requiresKey && !registry.hasKeys)
        #expect(self.code { try registry.caller(named: nil, isOnLoopback: true) } == .unauthenticated)
    }

    @Test("Predecessor 30: however many names callers make up, only so many have a share of their own")
    func boundedNames() throws {
        let registry = self.registry(places: 3)
        func name(_ text: String) throws -> String {
            try registry.caller(named: try ProjectName(text), isOnLoopback: true).project.name.description
        }
        #expect(try (0..<3).map { try name("n\($0)") } == ["n0", "n1", "n2"])
        for index in 3..<2000 { #expect(try name("n\(index)") == "other") }
        #expect(registry.unregisteredCount == 3)
        #expect(try name("n1") == "n1")
        // An hour without a call gives the place to another; whoever called meanwhile keeps it.
        self.clock.advance(by: .seconds(1800))
        #expect(try name("n2") == "n2")
        self.clock.advance(by: .seconds(1800))
        #expect(try name("late") == "late")
        #expect(try name("later") == "later")
        #expect(try name("n0") == "other")
        #expect(try name("n2") == "n2")
        #expect(registry.unregisteredCount == 3)
    }

    @Test("A request's class is the one that it names, lowered to its project's")
    func classes() throws {
        let caller = Caller(project: Project(name: .default, priority: .normal), hasKey: true)
        #expect(caller.requestClass(named: nil) == .normal)
        #expect(caller.requestClass(named: .interactive) == .normal)
        #expect(caller.requestClass(named: .batch) == .batch)
    }

    @Test("What a project made is its own to see, and an admin's")
    func ownership() throws {
        let (mine, other) = (try ProjectName("a"), try ProjectName("b"))
        let user = Caller(project: Project(name: mine), hasKey: true)
        #expect(user.mayUse(whatBelongsTo: mine) && !user.mayUse(whatBelongsTo: other))
        #expect(Caller(project: Project(name: mine, role: .admin), hasKey: true).mayUse(whatBelongsTo: other))
    }
}
