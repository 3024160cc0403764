public import Domain

/// What an adapter hands to a use case beside the request itself.
///
/// An object, for it goes from hand to hand.
public final class Call: Sendable {
    /// The open record of the request.
    public let entry: RequestEntry
    /// The size of the body, which counts against the bytes that may wait.
    public let bodyBytes: Int
    /// Who calls.
    public let project: Project
    /// How urgent it is, already lowered to what the project may name.
    public let requestClass: RequestClass
    /// When the caller no longer wants an answer, by the service's clock.
    public let deadline: MonotonicInstant?
    /// Whether nobody waits for the answer: it takes what others leave, and waits in line for as long as it has to.
    public let isBackground: Bool
    /// Whether the caller gets the answer piece by piece: what has been told cannot be put right any more.
    public let isStreamed: Bool

    /// Creates a call.
    public init(
        entry: RequestEntry,
        bodyBytes: Int,
        project: Project,
        requestClass: RequestClass = .normal,
        deadline: MonotonicInstant? = nil,
        isBackground: Bool = false,
        isStreamed: Bool = false
    ) {
        self.entry = entry
        self.bodyBytes = bodyBytes
        self.project = project
        self.requestClass = requestClass
        self.deadline = deadline
        self.isBackground = isBackground
        self.isStreamed = isStreamed
    }
}
