/// A recording that the service answers otherwise than Ollama, and why.
///
/// `docs/compatibility.md` tells the same.
struct Difference {
    let number: String
    let reason: String

    static let all: [Difference] = []

    static func of(_ recording: Recording) -> Difference? {
        all.first { $0.number == recording.number }
    }
}
