import Domain
import TestSupport
import Testing

@testable import Application

@Suite("Requests with an idempotency key")
struct IdempotencyUseCaseTests {
    private let clock = ManualClock()
    private let store = MemoryIdempotencyStore()
    private let useCase: IdempotencyUseCase
    private let key: IdempotencyKey
    private let project: ProjectName

    init() throws {
        self.useCase = IdempotencyUseCase(
            store: self.store,
            digest: SumDigest(),
            clock: self.clock,
            settings: .init(keep: .seconds(86_400), maxBytes: 10, bounds: .init(records: 5, bytes: 100))
        )
        self.key = try IdempotencyKey("key-1")
        self.project = try ProjectName("search")
    }

    private static func answer(_ body: String = "answer") -> StoredAnswer {
        StoredAnswer(status: 200, contentType: "application/json", body: Array(body.utf8))
    }

    private func begin(
        _ fingerprint: UInt8 = 1,
        key: String = "key-1",
        project: String = "search"
    ) async throws
        -> IdempotencyUseCase.Decision
    {
        try await self.useCase.begin(
            try IdempotencyKey(key),
            project: try ProjectName(project),
            fingerprint: [fingerprint]
        )
    }

    private func replayed(_ fingerprint: UInt8 = 1, key: String = "key-1") async throws -> StoredAnswer? {
        if case .replay(let answer) = try await self.begin(fingerprint, key: key) { answer } else { nil }
    }

    private func code(_ body: () async throws -> Void) async -> ServiceError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? ServiceError)?.code
        }
    }

    @Test("A key is 1 to 255 visible ASCII characters")
    func keys() throws {
        for good in ["a", "8e03978e-40d5-43dd-bc93-6894a57f9324", "\"quoted\"", String(repeating: "x", count: 255)] {
            #expect(try IdempotencyKey(good).description == good)
        }
        for bad in ["", " ", "a b", "a, b", "ä", "a\u{7F}", String(repeating: "x", count: 256)] {
            #expect(throws: ServiceError.self) { _ = try IdempotencyKey(bad) }
        }
    }

    @Test("The first is done, and whoever comes with the same key and request gets its answer")
    func replay() async throws {
        let claim = try #require(try await self.begin().claim)
        await claim.keep(Self.answer())
        #expect(try await self.replayed() == Self.answer())
        #expect(try await self.replayed() == Self.answer())
        #expect(self.useCase.runningCount == 0 && self.store.records.count == 1)
        #expect(self.store.bounds == .init(records: 5, bytes: 100))
    }

    @Test("While the first runs the same request is a conflict with Retry-After, and another one a mismatch")
    func running() async throws {
        let claim = try #require(try await self.begin().claim)
        #expect(await self.code { _ = try await self.begin() } == .conflict)
        #expect(await self.code { _ = try await self.begin(2) } == .idempotencyMismatch)
        #expect(ServiceError.keyInUse.retryAfter != nil && !ServiceError.keyOfAnother.isRetryable)
        await claim.keep(Self.answer())
        #expect(await self.code { _ = try await self.begin(2) } == .idempotencyMismatch)
        #expect(self.useCase.runningCount == 0)
    }

    @Test("Of a hundred at once exactly one is done")
    func race() async throws {
        let firsts = try await withThrowingTaskGroup(of: IdempotencyClaim?.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    do {
                        return try await self.begin().claim
                    } catch let error as ServiceError where error.code == .conflict {
                        return nil
                    }
                }
            }
            return try await group.reduce(into: []) { firsts, claim in
                if let claim { firsts.append(claim) }
            }
        }
        #expect(firsts.count == 1)
    }

    @Test("Projects do not see each other's keys")
    func projects() async throws {
        await (try await self.begin().claim)?.keep(Self.answer())
        #expect(try await self.begin(2, project: "other").claim != nil)
    }

    @Test("A request that failed, or was dropped, leaves the key to the next")
    func freed() async throws {
        let claim = try #require(try await self.begin().claim)
        claim.free()
        await claim.keep(Self.answer())
        #expect(self.store.records.isEmpty)
        do { _ = try await self.begin(2) }
        #expect(self.useCase.runningCount == 0)
        #expect(try await self.begin(3).claim != nil)
    }

    @Test("An answer above the limit is not kept, and the key is free")
    func tooLarge() async throws {
        let claim = try #require(try await self.begin().claim)
        await claim.keep(Self.answer("12345678901"))
        #expect(self.store.records.isEmpty && self.useCase.runningCount == 0)
        #expect(try await self.begin(2).claim != nil)
    }

    @Test("After its time a key is new again, whether the old answer has been removed or not")
    func expiry() async throws {
        await (try await self.begin().claim)?.keep(Self.answer())
        self.clock.advance(by: .seconds(86_399))
        #expect(try await self.replayed() == Self.answer())
        self.clock.advance(by: .seconds(1))
        await (try await self.begin(2).claim)?.keep(Self.answer("new"))
        #expect(try await self.replayed(2) == Self.answer("new"))
        let store = self.store
        await Retention(.init(keep: .seconds(86_399), interval: .seconds(1), batch: 10), clock: self.clock) {
            try await store.removeRecords(before: $0, atMost: $1)
        }.removeOld()
        #expect(self.store.records.map(\.answer) == [Self.answer("new")])
    }

    @Test("While the store is broken requests are done, one at a time for each key")
    func broken() async throws {
        self.store.breakDown()
        let claim = try #require(try await self.begin().claim)
        #expect(await self.code { _ = try await self.begin() } == .conflict)
        await claim.keep(Self.answer())
        #expect(try await self.begin().claim != nil)
        self.store.breakDown(false)
        #expect(self.store.records.isEmpty)
    }

    @Test("A collector holds nothing of an answer that is longer than its limit")
    func collector() {
        var collector = GenerationCollector(limit: 10)
        let summary = GenerationSummary(
            usage: TokenUsage(promptTokens: 1, completionTokens: 2),
            timings: EngineTimings(),
            reason: .stop
        )
        collector.add(.text(JSONText("12345")))
        collector.add(.thinking(JSONText("678")))
        #expect(collector.result == nil)
        var short = collector
        short.add(.finished(summary))
        #expect(short.result?.text.decoded == "12345" && short.result?.thinking?.decoded == "678")
        collector.add(.text(JSONText("901")))
        collector.add(.text(JSONText("x")))
        collector.add(.finished(summary))
        #expect(collector.result == nil)
    }
}
