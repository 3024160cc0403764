import Domain

/// What one look has found.
struct Finding: Sendable, Equatable {
    /// How it is.
    enum Verdict: String, Sendable {
        case good
        /// It works, but not as it should.
        case warning
        case wrong
    }

    /// What was looked at.
    let check: String
    let verdict: Verdict
    let detail: String
    /// What to do.
    var remedy: String?

    /// Notes what was found.
    init(_ check: String, _ verdict: Verdict, _ detail: String, remedy: String? = nil) {
        self.check = check
        self.verdict = verdict
        self.detail = detail
        self.remedy = remedy
    }

    /// A line, and what to do in the next.
    var text: String {
        let sign =
            switch self.verdict {
            case .good: "ok     "
            case .warning: "warning"
            case .wrong: "WRONG  "
            }
        return "\(sign)  \(self.check): \(self.detail)\n" + (self.remedy.map { "         → \($0)\n" } ?? "")
    }

    /// Writes it as an object.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("check", self.check)
            writer.field("verdict", self.verdict.rawValue)
            writer.field("detail", self.detail)
            writer.field("remedy", self.remedy)
        }
    }
}
