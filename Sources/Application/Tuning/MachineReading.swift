public import Domain

/// Finds out what this machine has: the port behind which kernels, vendors' programs and Ollama stand.
public protocol MachineReading: Sendable {
    /// Reads it anew.
    ///
    /// What cannot be found out is left out; nothing fails.
    func read() async -> Machine
}
