import Domain

/// The state of one project's limits: a value, to be driven by whoever has a clock.
struct ProjectLimits {
    /// What a request takes until its true figures are known.
    struct Reserve: Sendable, Equatable {
        /// Requests: one, or as many as its `n` asks for.
        var requests: Double
        /// Tokens of prompt and answer.
        var tokens: Double
    }

    private var requests: TokenBucket?
    private var tokens: TokenBucket?
    private var dayLimit: Int?
    private var limits: (requests: Int?, tokens: Int?)
    /// What has been used today.
    var today: DayCount

    /// Full limits.
    init(of project: Project, at now: MonotonicInstant, today: DayCount) {
        self.requests = project.requestsPerMinute.map { TokenBucket(perMinute: $0, at: now) }
        self.tokens = project.tokensPerMinute.map { TokenBucket(perMinute: $0, at: now) }
        self.dayLimit = project.tokensPerDay
        self.limits = (project.requestsPerMinute, project.tokensPerMinute)
        self.today = today
    }

    /// Takes the limits of a project anew; what has been used stays used.
    mutating func adopt(_ project: Project, at now: MonotonicInstant) {
        self.dayLimit = project.tokensPerDay
        if self.limits.requests != project.requestsPerMinute {
            self.requests = ProjectLimits.changed(self.requests, to: project.requestsPerMinute, at: now)
        }
        if self.limits.tokens != project.tokensPerMinute {
            self.tokens = ProjectLimits.changed(self.tokens, to: project.tokensPerMinute, at: now)
        }
        self.limits = (project.requestsPerMinute, project.tokensPerMinute)
    }

    private static func changed(_ bucket: TokenBucket?, to limit: Int?, at now: MonotonicInstant) -> TokenBucket? {
        guard let limit else { return nil }
        guard var bucket else { return TokenBucket(perMinute: limit, at: now) }
        bucket.resize(perMinute: limit, at: now)
        return bucket
    }

    /// Takes a reserve out of every limit, or none of them.
    ///
    /// - Throws: ``ServiceError`` `rate_limited` or `quota_exceeded`.
    mutating func reserve(_ reserve: Reserve, at now: MonotonicInstant, untilTomorrow: Duration) throws {
        // A request may be larger than the whole limit of a minute: it then waits for a full bucket and overdraws it.
        let tokens = self.tokens.map { min(reserve.tokens, $0.capacity) } ?? 0
        let requests = self.requests.map { min(reserve.requests, $0.capacity) } ?? 0
        if let bucket = self.requests, let wait = bucket.wait(for: requests, at: now), wait > .zero {
            throw ServiceError.rateLimited("\(Int(bucket.capacity)) requests a minute", retryAfter: wait)
        }
        if let bucket = self.tokens, let wait = bucket.wait(for: tokens, at: now), wait > .zero {
            throw ServiceError.rateLimited(
                "\(Int(bucket.capacity)) tokens a minute (this request reserves \(Int(reserve.tokens)))",
                retryAfter: wait
            )
        }
        if let dayLimit = self.dayLimit, self.today.remaining(of: dayLimit) < reserve.tokens {
            throw ServiceError.quotaExceeded(dayLimit, reserve.tokens, self.today, retryAfter: untilTomorrow)
        }
        self.requests?.take(reserve.requests, at: now)
        self.tokens?.take(reserve.tokens, at: now)
        self.today.reserve(reserve.tokens)
    }

    /// Replaces a reserve by what was used; nil is nothing at all, not even the request.
    mutating func settle(_ reserve: Reserve, used tokens: Double?, at now: MonotonicInstant) {
        if tokens == nil { self.requests?.take(-reserve.requests, at: now) }
        self.tokens?.take((tokens ?? 0) - reserve.tokens, at: now)
        self.today.settle(reserved: reserve.tokens, used: tokens ?? 0)
    }

    /// How the limits stand, for the headers of an answer.
    func standing(at now: MonotonicInstant, untilTomorrow: Duration) -> LimitStanding {
        func minute(_ bucket: TokenBucket?) -> LimitStanding.Item? {
            bucket.map { bucket in
                LimitStanding.Item(
                    limit: Int(bucket.capacity),
                    remaining: max(0, Int(bucket.level(at: now))),
                    untilFull: bucket.untilFull(at: now),
                    window: .seconds(60)
                )
            }
        }
        let day = self.dayLimit.map { limit in
            LimitStanding.Item(
                limit: limit,
                remaining: max(0, Int(self.today.remaining(of: limit))),
                untilFull: untilTomorrow,
                window: .seconds(86_400)
            )
        }
        return LimitStanding(requests: minute(self.requests), tokens: minute(self.tokens), day: day)
    }
}

/// How a project's limits stand; nil where it has no such limit.
public struct LimitStanding: Sendable, Equatable {
    /// One limit.
    public struct Item: Sendable, Equatable {
        /// What may be used in a window.
        public let limit: Int
        /// What is left now.
        public let remaining: Int
        /// How long until all of it is there again, if nothing more is used.
        public let untilFull: Duration
        /// The window.
        public let window: Duration
    }

    /// Requests a minute.
    public let requests: Item?
    /// Tokens a minute.
    public let tokens: Item?
    /// Tokens a day.
    public let day: Item?

}

extension ServiceError {
    static func rateLimited(_ limit: String, retryAfter: Duration) -> ServiceError {
        ServiceError(.rateLimited, "The project's limit is reached: \(limit).", retryAfter: retryAfter)
    }

    static func quotaExceeded(
        _ limit: Int,
        _ tokens: Double,
        _ today: DayCount,
        retryAfter: Duration
    ) -> ServiceError {
        ServiceError(
            .quotaExceeded,
            "The project's \(limit) tokens a day (UTC) do not suffice: \(Int(today.used)) are used, \(Int(today.reserved)) "
                + "reserved by running requests, and this request reserves \(Int(tokens)).",
            retryAfter: retryAfter,
            // A client's own retries end long before the day does.
            isRetryable: false
        )
    }
}
