public import Domain

/// Which page of a list is wanted.
public struct ListQuery<ID: Sendable>: Sendable {
    /// The order by time of creation.
    public enum Order: String, Sendable {
        /// Oldest first.
        case ascending = "asc"
        /// Newest first.
        case descending = "desc"
    }

    /// Whose; nil is everybody's.
    public var project: ProjectName?
    /// The one after which the page starts; one that does not exist gives an empty page.
    public var after: ID?
    /// The longest page, at least 1.
    public var limit: Int
    /// The order.
    public var order: Order

    /// Describes a page.
    public init(project: ProjectName?, after: ID? = nil, limit: Int, order: Order = .descending) {
        self.project = project
        self.after = after
        self.limit = limit
        self.order = order
    }
}

/// A page of a list.
public struct ListPage<Element: Sendable>: Sendable {
    /// What is on it.
    public let elements: [Element]
    /// Whether there are more behind it.
    public let hasMore: Bool

    /// Creates a page.
    public init(elements: [Element], hasMore: Bool) {
        self.elements = elements
        self.hasMore = hasMore
    }
}
