/// Counts the GPUs of this machine.
public protocol GPUCounting: Sendable {
    /// How many there are, at least 1; nil if none is found, or nothing can be found out.
    func count() -> Int?
}
