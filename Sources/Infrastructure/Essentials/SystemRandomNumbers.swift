public import Application

/// Numbers of the system's random source.
public struct SystemRandomNumbers: RandomNumbers {
    /// Creates a source.
    public init() {}

    /// The next number.
    public func next() -> UInt64 {
        var random = SystemRandomNumberGenerator()
        return random.next()
    }
}
