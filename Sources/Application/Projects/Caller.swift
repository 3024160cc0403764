public import Domain

/// Who called, once that has been found out.
public struct Caller: Sendable, Equatable {
    /// Its project, with share, limits and rights.
    public let project: Project
    /// Whether it showed a key.
    public let hasKey: Bool

    /// Describes a caller.
    public init(project: Project, hasKey: Bool) {
        self.project = project
        self.hasKey = hasKey
    }

    /// Whether it may change models and see what belongs to others.
    public var isAdmin: Bool { self.project.role == .admin }

    /// Whether something that a project made is its to see: its own, or anything for an admin.
    public func mayUse(whatBelongsTo owner: ProjectName) -> Bool {
        self.isAdmin || self.project.name == owner
    }

    /// The class of a request: the one that it names, lowered to the project's, or the project's where it names none.
    public func requestClass(named given: RequestClass?) -> RequestClass {
        max(given ?? self.project.priority, self.project.priority)
    }
}
