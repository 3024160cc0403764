public import Domain
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Keeps the limits of all projects: reserved before a call, settled after it.
public final class LimitKeeper: Sendable {
    /// What of a request matters for its project's limits.
    public struct Estimate: Sendable, Equatable {
        /// The tokens of the prompt, estimated.
        public var promptTokens: Int
        /// The most tokens that the answer may have; nil where the caller sets no bound.
        public var maxTokens: Int?
        /// How many answers it asks for, at least 1.
        public var count: Int

        /// Describes a request.
        public init(promptTokens: Int, maxTokens: Int?, count: Int = 1) {
            self.promptTokens = max(0, promptTokens)
            self.maxTokens = maxTokens.map { max(0, $0) }
            self.count = max(1, count)
        }

        /// The tokens of a text where no engine has counted them: one in four bytes.
        public static func tokens(ofBytes bytes: Int) -> Int { (bytes + 3) / 4 }
    }

    private struct MeanKey: NumberKey {
        let project: ProjectName
        let model: ModelName

        var keyNumber: Int { self.project.keyNumber &* 31 &+ self.model.keyNumber }
    }

    private struct State {
        var limits: [ProjectName: ProjectLimits] = [:]
        var means: [MeanKey: Double] = [:]
        /// What the ledger had of the day, for projects that have not called since the start.
        var loaded: [ProjectName: DayCount] = [:]
    }

    /// So many running means are kept; beyond it they are begun anew.
    ///
    /// Limits themselves are as many as the settings'
    /// projects.
    private static let capacity = 20_000
    /// The tokens of an answer where nothing is known.
    private static let standardAnswer: Double = 256
    private let clock: any ServiceClock
    private let state = Mutex(State())

    /// The longest prompt of anybody, in tokens by estimate; 0 is no limit.
    let promptTokens: Int

    /// Creates a keeper; all limits are full.
    ///
    /// `promptTokens`: the longest prompt of anybody, in tokens by estimate, at least 0; 0 is no limit.
    public init(clock: any ServiceClock, promptTokens: Int = 0) {
        self.clock = clock
        self.promptTokens = promptTokens
    }

    /// Reads from the ledger what projects with a limit of a day have used today.
    ///
    /// - Throws: an error of the ledger.
    public func load(_ projects: [Project], from ledger: any UsageLedger) async throws {
        let wallTime = self.clock.wallTime
        let day = LimitKeeper.day(of: wallTime)
        let start = Date(timeIntervalSince1970: Double(day) * 86_400)
        for project in projects where project.tokensPerDay != nil {
            let used = try await ledger.totals(of: project.name, since: start).tokens
            self.state.withLock { $0.loaded[project.name] = DayCount(day: day, used: Double(used)) }
        }
    }

    // MARK: Reserving

    /// Takes what a request is going to use out of its project's limits.
    ///
    /// - Throws: ``ServiceError`` `rate_limited` or `quota_exceeded`; nothing is taken then.
    public func reserve(_ project: Project, model: ModelName, _ estimate: Estimate) throws -> Reservation {
        guard project.isLimited else { return Reservation { _ in } }
        let now = self.clock.now
        let wallTime = self.clock.wallTime
        let day = LimitKeeper.day(of: wallTime)
        let reserve = try self.state.withLock { state -> ProjectLimits.Reserve in
            let mean = state.means[MeanKey(project: project.name, model: model)] ?? LimitKeeper.standardAnswer
            let answer = estimate.maxTokens.map(Double.init) ?? mean
            let count = Double(estimate.count)
            let reserve = ProjectLimits.Reserve(
                requests: count,
                tokens: Double(estimate.promptTokens) + answer * count
            )
            var limits = LimitKeeper.limits(of: project, in: &state, at: now, day: day)
            defer { state.limits[project.name] = limits }
            try limits.reserve(reserve, at: now, untilTomorrow: LimitKeeper.untilTomorrow(wallTime))
            return reserve
        }
        return Reservation { usage in self.settle(project.name, model, reserve, usage) }
    }

    /// How a project's limits stand.
    public func standing(of project: Project) -> LimitStanding? {
        guard project.isLimited else { return nil }
        let now = self.clock.now
        let wallTime = self.clock.wallTime
        return self.state.withLock { state in
            let limits = LimitKeeper.limits(of: project, in: &state, at: now, day: LimitKeeper.day(of: wallTime))
            return limits.standing(at: now, untilTomorrow: LimitKeeper.untilTomorrow(wallTime))
        }
    }

    private func settle(
        _ project: ProjectName,
        _ model: ModelName,
        _ reserve: ProjectLimits.Reserve,
        _ usage: Reservation.Usage?
    ) {
        let now = self.clock.now
        let day = LimitKeeper.day(of: self.clock.wallTime)
        self.state.withLock { state in
            _ = state.limits.change(project) { limits in
                limits.today.turn(to: day)
                limits.settle(reserve, used: usage?.tokens, at: now)
            }
            guard let answer = usage?.answerTokens, answer > 0 else { return }
            let key = MeanKey(project: project, model: model)
            if state.means.count >= LimitKeeper.capacity, state.means[key] == nil { state.means.removeAll() }
            let mean = state.means[key]
            state.means[key] = mean.map { $0 + (answer - $0) / 8 } ?? answer
        }
    }

    private static func limits(
        of project: Project,
        in state: inout State,
        at now: MonotonicInstant,
        day: Int
    ) -> ProjectLimits {
        if var known = state.limits[project.name] {
            known.adopt(project, at: now)
            known.today.turn(to: day)
            return known
        }
        var today = state.loaded.removeValue(forKey: project.name) ?? DayCount(day: day)
        today.turn(to: day)
        return ProjectLimits(of: project, at: now, today: today)
    }

    private static func day(of date: Date) -> Int {
        Int((date.timeIntervalSince1970 / 86_400).rounded(.down))
    }

    private static func untilTomorrow(_ date: Date) -> Duration {
        .seconds(Double(LimitKeeper.day(of: date) + 1) * 86_400 - date.timeIntervalSince1970)
    }
}

extension Project {
    /// Whether requests or tokens are counted against it.
    var isLimited: Bool { (self.requestsPerMinute ?? self.tokensPerMinute ?? self.tokensPerDay) != nil }
}
