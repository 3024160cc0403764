/// Where the service gets random numbers from: a port, so that tests can foresee them.
public protocol RandomNumbers: Sendable {
    /// The next number; all values are equally likely.
    func next() -> UInt64
}
