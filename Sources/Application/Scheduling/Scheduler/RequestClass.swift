/// How urgent a request is; the more urgent class is the smaller one.
public enum RequestClass: String, Sendable, CaseIterable, Comparable {
    /// A person waits for it.
    case interactive
    /// A program waits for it.
    case normal
    /// Nobody waits for it.
    case batch

    /// Its place in the order, from 0.
    var rank: Int {
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
    func raised(by steps: Int) -> RequestClass {
        switch self.rank - steps {
        case ...0: .interactive
        case 1: .normal
        default: .batch
        }
    }
}

/// One value for every class.
struct ClassValues<Value: Sendable>: Sendable {
    private var interactive: Value
    private var normal: Value
    private var batch: Value

    init(_ value: Value) {
        self.interactive = value
        self.normal = value
        self.batch = value
    }

    subscript(requestClass: RequestClass) -> Value {
        get {
            switch requestClass {
            case .interactive: self.interactive
            case .normal: self.normal
            case .batch: self.batch
            }
        }
        _modify {
            switch requestClass {
            case .interactive: yield &self.interactive
            case .normal: yield &self.normal
            case .batch: yield &self.batch
            }
        }
    }
}
