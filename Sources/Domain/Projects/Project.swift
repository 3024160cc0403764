/// Who calls, and what it may do: its share beside others, its limits and its rights.
public struct Project: Sendable, Equatable {
    /// What a project may do.
    public enum Role: String, Sendable, CaseIterable {
        /// Use models.
        case user
        /// Change models, and see what belongs to others.
        case admin
    }

    /// What a project needs to be given explicitly.
    public enum Permission: String, Sendable, CaseIterable {
        /// Options that make an engine load a model anew, such as a larger `num_ctx`.
        case runnerOptions = "runner_options"
        /// A `keep_alive` beyond that of the service.
        case keepAlive = "keep_alive"
    }

    /// Its name.
    public var name: ProjectName
    /// What it may do.
    public var role: Role
    /// Its share beside others of the same class; above 0.
    public var weight: Double
    /// The class of a request that names none, and the highest it may name.
    public var priority: RequestClass
    /// How many of its requests run at once; nil is no limit.
    public var concurrency: Int?
    /// Requests a minute; nil is no limit.
    public var requestsPerMinute: Int?
    /// Tokens a minute, of prompts and answers; nil is no limit.
    public var tokensPerMinute: Int?
    /// Tokens a day (UTC), of prompts and answers; nil is no limit.
    public var tokensPerDay: Int?
    /// The models that it may use: canonical names, `*` as wildcard.
    public var models: [String]
    /// What it may do beyond the ordinary.
    public var permissions: Set<Permission>

    /// Whether the project may do something beyond the ordinary; an admin may.
    public func may(_ permission: Permission) -> Bool {
        self.role == .admin || self.permissions.contains(permission)
    }

    /// Creates a project; without more than a name it has no limits.
    public init(
        name: ProjectName,
        role: Role = .user,
        weight: Double = 1,
        priority: RequestClass = .normal,
        concurrency: Int? = nil,
        requestsPerMinute: Int? = nil,
        tokensPerMinute: Int? = nil,
        tokensPerDay: Int? = nil,
        models: [String] = ["*"],
        permissions: Set<Permission> = []
    ) {
        self.name = name
        self.role = role
        self.weight = weight
        self.priority = priority
        self.concurrency = concurrency
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
        self.tokensPerDay = tokensPerDay
        self.models = models
        self.permissions = permissions
    }
}
