import Domain

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
