import Domain
import TestSupport
import Testing

@testable import Application

@Suite("The limits of projects")
struct LimitTests {
    private let clock = ManualClock()
    private let keeper: LimitKeeper
    private let model: ModelName

    init() throws {
        self.keeper = LimitKeeper(clock: self.clock)
        self.model = try ModelName("m")
    }

    private func project(requests: Int? = nil, tokens: Int? = nil, day: Int? = nil) throws -> Project {
        Project(name: try ProjectName("p"), requestsPerMinute: requests, tokensPerMinute: tokens, tokensPerDay: day)
    }

    private func reserve(_ project: Project, prompt: Int = 10, max: Int? = 10, count: Int = 1) throws -> Reservation {
        try self.keeper.reserve(
            project,
            model: self.model,
            .init(promptTokens: prompt, maxTokens: max, count: count)
        )
    }

    private func refusal(_ body: () throws -> Reservation) -> ServiceError? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? ServiceError
        }
    }

    @Test("Of 50 requests at once of a project limited to 10 a minute exactly 10 pass")
    func tenOfFifty() async throws {
        let project = try self.project(requests: 10)
        let (keeper, model) = (self.keeper, self.model)
        let passed = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    let held = try? keeper.reserve(project, model: model, .init(promptTokens: 1, maxTokens: 1))
                    held?.settle(.init(tokens: 2))
                    return held != nil
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(passed == 10)
    }

    @Test("A bucket is full at the start and refills steadily; the refusal says when to come again")
    func refill() throws {
        let project = try self.project(requests: 6)
        for _ in 0..<6 { try self.reserve(project).settle(.init(tokens: 1)) }
        let refused = self.refusal { try self.reserve(project) }
        #expect(refused?.code == .rateLimited && refused?.retryAfter == .seconds(10) && refused?.isRetryable == true)
        self.clock.advance(by: .seconds(10))
        try self.reserve(project).settle(.init(tokens: 1))
        #expect(self.refusal { try self.reserve(project) } != nil)
        self.clock.advance(by: .seconds(3600))
        #expect(self.keeper.standing(of: project)?.requests?.remaining == 6)
    }

    @Test("Tokens are reserved before and settled with the true figure after")
    func settlement() throws {
        let project = try self.project(tokens: 100)
        let held = try self.reserve(project, prompt: 20, max: 60)
        #expect(self.keeper.standing(of: project)?.tokens?.remaining == 20)
        #expect(self.refusal { try self.reserve(project, prompt: 20, max: 1) }?.code == .rateLimited)
        held.settle(.init(tokens: 30))
        held.settle(.init(tokens: 1000))
        #expect(self.keeper.standing(of: project)?.tokens?.remaining == 70)
    }

    @Test("What is refused elsewhere, or dropped, gives its reserve back, the request included")
    func givenBack() throws {
        let project = try self.project(requests: 2, tokens: 100, day: 100)
        try self.reserve(project).settle(nil)
        do { _ = try self.reserve(project) }
        let standing = try #require(self.keeper.standing(of: project))
        #expect(
            standing.requests?.remaining == 2 && standing.tokens?.remaining == 100 && standing.day?.remaining == 100
        )
    }

    @Test("A refusal by one limit takes nothing from the others")
    func allOrNothing() throws {
        let project = try self.project(requests: 5, tokens: 100, day: 15)
        #expect(self.refusal { try self.reserve(project) }?.code == .quotaExceeded)
        let standing = try #require(self.keeper.standing(of: project))
        #expect(standing.requests?.remaining == 5 && standing.tokens?.remaining == 100)
    }

    @Test("Where max_tokens is absent the project's running mean for the model is reserved")
    func runningMean() throws {
        let project = try self.project(tokens: 10_000)
        let first = try self.reserve(project, prompt: 0, max: nil)
        #expect(self.keeper.standing(of: project)?.tokens?.remaining == 10_000 - 256)
        first.settle(.init(tokens: 40, answerTokens: 40))
        let second = try self.reserve(project, prompt: 0, max: nil)
        #expect(self.keeper.standing(of: project)?.tokens?.remaining == 10_000 - 80)
        second.settle(nil)
    }

    @Test("n counts each: requests and the tokens of every answer")
    func several() throws {
        let project = try self.project(requests: 5, tokens: 100)
        let held = try self.reserve(project, prompt: 10, max: 20, count: 3)
        let standing = try #require(self.keeper.standing(of: project))
        #expect(standing.requests?.remaining == 2 && standing.tokens?.remaining == 30)
        held.settle(nil)
    }

    @Test("A request that is larger than a minute's tokens passes once the bucket is full, and overdraws it")
    func overdraft() throws {
        let project = try self.project(tokens: 60)
        try self.reserve(project, prompt: 0, max: 120).settle(.init(tokens: 120))
        #expect(self.keeper.standing(of: project)?.tokens?.remaining == 0)
        #expect(self.refusal { try self.reserve(project, prompt: 0, max: 1) }?.retryAfter == .seconds(61))
    }

    @Test("A day's tokens come back at midnight (UTC), and a refusal says how long that is")
    func day() throws {
        self.clock.advance(by: .seconds(86_400 * 3 + 3600))
        let project = try self.project(day: 100)
        try self.reserve(project, prompt: 0, max: 90).settle(.init(tokens: 95))
        let refused = try #require(self.refusal { try self.reserve(project, prompt: 0, max: 6) })
        #expect(refused.code == .quotaExceeded && refused.retryAfter == .seconds(23 * 3600) && !refused.isRetryable)
        self.clock.advance(by: .seconds(23 * 3600))
        try self.reserve(project, prompt: 0, max: 100).settle(.init(tokens: 1))
    }

    @Test("What the ledger has of the day counts after a restart")
    func afterRestart() async throws {
        let project = try self.project(day: 100)
        let ledger = MemoryLedger()
        try await ledger.append([
            usageRecord("one", project: "p") { $0.usage = TokenUsage(promptTokens: 40, completionTokens: 30) }
        ])
        try await self.keeper.load([project], from: ledger)
        #expect(self.keeper.standing(of: project)?.day?.remaining == 30)
    }

    @Test("A changed limit counts at once, and what has been used stays used")
    func changed() throws {
        try self.reserve(try self.project(tokens: 100), prompt: 0, max: 40).settle(.init(tokens: 40))
        #expect(self.keeper.standing(of: try self.project(tokens: 200))?.tokens?.remaining == 160)
        #expect(self.keeper.standing(of: try self.project(tokens: 50))?.tokens?.remaining == 10)
        #expect(self.keeper.standing(of: try self.project()) == nil)
    }

    @Test("However requests end, nothing stays reserved", arguments: [UInt64(7), 8, 9])
    func randomEndings(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let project = try self.project(requests: 1000, tokens: 100_000, day: 1_000_000)
        var held: [Reservation] = []
        var used = 0
        for _ in 0..<2000 {
            if Bool.random(using: &random), let reservation = try? self.reserve(project, max: 100) {
                held.append(reservation)
            } else if !held.isEmpty {
                let ended = held.remove(at: Int.random(in: 0..<held.count, using: &random))
                switch Int.random(in: 0..<3, using: &random) {
                case 0: ended.settle(nil)
                case 1:
                    ended.settle(.init(tokens: 7))
                    used += 7
                default: break
                }
            }
        }
        held.removeAll()
        self.clock.advance(by: .seconds(120))
        let standing = try #require(self.keeper.standing(of: project))
        #expect(standing.requests?.remaining == 1000 && standing.tokens?.remaining == 100_000, "seed \(seed)")
        #expect(standing.day?.remaining == 1_000_000 - used, "seed \(seed)")
    }
}
