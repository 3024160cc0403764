/// Why a pattern cannot be used.
struct PatternError: Error {
    /// A sentence for whoever wrote it.
    let message: String
    /// Whether it is a good pattern that only cannot be checked here.
    let isUnsupported: Bool

    static func wrong(_ message: String) -> PatternError {
        PatternError(message: message, isUnsupported: false)
    }

    static func unsupported(_ message: String) -> PatternError {
        PatternError(message: message, isUnsupported: true)
    }
}
