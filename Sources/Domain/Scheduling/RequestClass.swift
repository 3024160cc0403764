/// How urgent a request is; the more urgent class is the smaller one.
///
/// Callers know it as `priority`.
public enum RequestClass: String, Sendable, CaseIterable, Comparable {
    /// A person waits for it.
    case interactive
    /// A program waits for it.
    case normal
    /// Nobody waits for it.
    case batch

    /// Its place in the order, from 0.
    public var rank: Int {
        switch self {
        case .interactive: 0
        case .normal: 1
        case .batch: 2
        }
    }

    /// Whether one class is more urgent than another.
    public static func < (left: RequestClass, right: RequestClass) -> Bool {
        left.rank < right.rank
    }

    /// The class that is some steps more urgent; interactive is the end of it.
    public func raised(by steps: Int) -> RequestClass {
        switch self.rank - steps {
        case ...0: .interactive
        case 1: .normal
        default: .batch
        }
    }
}
