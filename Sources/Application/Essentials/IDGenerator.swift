/// Where the service gets its ids from.
public protocol IDGenerator: Sendable {
    /// A new id that nobody can guess: 32 hexadecimal digits.
    func next() -> String
}
